/// A session that holds a lock that another session waits for.
public struct Blocker: Sendable, Codable, Equatable, CustomStringConvertible {
    public var pid: Int
    public var user: String?
    public var application: String?
    public var state: String?
    /// Since its transaction began.
    public var ageSeconds: Double?
    public var query: String?

    public var description: String {
        var text = "pid \(pid)"
        if let user { text += ", user \(user)" }
        if let application, !application.isEmpty { text += ", \(application)" }
        if let state { text += ", \(state)" }
        if let ageSeconds { text += ", transaction open for \(Int(ageSeconds)) s" }
        if let query { text += ": \(query)" }
        return text
    }
}
