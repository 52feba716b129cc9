/// A failed statement, as the event table records it.
struct StepFailure: Sendable {
    var message: String
    var sqlState: String?
    var statement: String?
    var file: String?
    var line: Int?
    var column: Int?
    var hint: String?
    /// The server refused the statement, so one that is a transaction of its own had no effect.
    var isRefusal = false
}
