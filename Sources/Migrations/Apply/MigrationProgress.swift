// What a run tells while it goes.

public enum MigrationProgress: Sendable {
    case planned(steps: Int)
    case step(id: String, index: Int, of: Int)
    case statement(index: Int, of: Int)
    case applied(AppliedStep)
    case reverted(id: String)
    /// Another runner applied it meanwhile.
    case skipped(id: String)
    case waitingForRunner(Blocker?)
    /// A statement has been waiting for a lock that these hold.
    case blocked([Blocker])
    case retry(id: String, attempt: Int, of: Int, reason: String, pauseMilliseconds: Int)
    case note(String)
}

public struct AppliedStep: Sendable, Codable, Equatable {
    public var number: Int
    public var id: String
    public var durationMilliseconds: Double
    /// 1 unless locks or deadlocks made it try again.
    public var attempts: Int
    public var release: String?
}

/// A session that holds a lock somebody waits for.
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
