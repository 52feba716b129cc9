/// A report as JSON whose `held` is false if the run was interrupted: an incomplete run proves nothing.
struct JudgedReport<Report: Encodable>: Encodable {
    var report: Report
    var interrupted: Bool

    private enum Key: CodingKey { case held }

    func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        guard interrupted else { return }
        // The same object again, so this replaces the report's own value.
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(false, forKey: .held)
    }
}
