/// A row that a client keeps from one operation for a later one.
struct CapturedRow: Sendable {
    var columns: [String]
    var values: [String?]
}
