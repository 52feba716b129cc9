/// A failed statement, as the event table records it.
struct StepFailure: Sendable {
    var message: String
    var sqlState: String?
    var statement: String?
    var file: String?
    var line: Int?
    var column: Int?
    var hint: String?
}
