/// What could not be written or read, and where.
public struct HistoryError: Error, CustomStringConvertible {
    public var path: String
    public var reason: String
    public var description: String { "history \(path): \(reason)" }
}
