import PQClient

/// One page of a list of ids.
public struct AccessPage: Sendable, Hashable {
    /// In the order of their bytes.
    public var ids: [String]
    /// Whether it is the last page.
    public var isComplete: Bool

    /// What to pass as `after` for the page that follows; nil after the last one.
    public var next: String? { isComplete ? nil : ids.last }

    /// - Parameter rows: an id and whether the page is the last one, in each.
    init(_ rows: [(id: String, isComplete: Bool)]) {
        ids = rows.map(\.id)
        isComplete = rows.last?.isComplete ?? true
    }
}
