/// A report as JSON whose `held` is false when the run was interrupted: what was not run to its end has proved nothing.
struct JudgedReport<Report: Encodable>: Encodable {
    var report: Report
    var interrupted: Bool

    private enum Key: CodingKey { case held }

    func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        guard interrupted else { return }
        // The same object again: the report's own answer is replaced.
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(false, forKey: .held)
    }
}
