/// Columns and rows of one answer, as the server's text.
struct ResultRows: Equatable, Sendable {
    var columns: [String]
    var rows: [[String?]]
}
