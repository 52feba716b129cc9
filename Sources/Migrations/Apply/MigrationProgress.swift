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
