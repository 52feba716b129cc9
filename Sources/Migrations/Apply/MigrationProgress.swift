/// What a run reports while it is under way.
public enum MigrationProgress: Sendable {
    case planned(steps: Int)
    case step(id: String, index: Int, of: Int)
    case statement(index: Int, of: Int)
    case applied(AppliedStep)
    case reverted(id: String)
    /// Another runner has applied it in the meantime.
    case skipped(id: String)
    case waitingForRunner(Blocker?)
    /// A statement has been waiting for a lock that these sessions hold.
    case blocked([Blocker])
    case retry(id: String, attempt: Int, of: Int, reason: String, pauseMilliseconds: Int)
    case note(String)
}
