/// Something that goes wrong outside the functions, at a boundary between two statements.
public enum InjectedFault: String, Sendable, CaseIterable, Codable {
    /// The client asks the server to stop the statement.
    case cancel
    /// `pg_terminate_backend`: the session ends, and the client is told.
    case terminate
    case statementTimeout = "statement timeout"
    /// While the session waits for a lock.
    case lockTimeout = "lock timeout"
    /// The client, or the network between, is gone; the server works on until it notices.
    case clientDeath = "client death"
    /// SIGKILL to the session's process: the server ends all sessions and recovers.
    case backendKill = "backend kill"
    /// SIGKILL to the server's first process; it is started again.
    case serverKill = "server kill"
    /// The connection breaks before COMMIT arrives.
    case lostCommit = "lost commit"
    /// COMMIT arrives, and the answer is lost.
    case lostReply = "lost reply"

    /// The server tells the client that its transaction has not happened; otherwise the client cannot know.
    var isAnswered: Bool {
        switch self {
        case .cancel, .statementTimeout, .lockTimeout: true
        default: false
        }
    }

    /// All sessions are lost.
    var hitsEverybody: Bool { self == .backendKill || self == .serverKill }
}
