/// One fault at one moment of a schedule.
struct Injection: Sendable, Hashable {
    var fault: InjectedFault
    var session: Int
    /// The session's move that the fault replaces, counted from 0.
    var move: Int
    /// The fault does not replace the move but follows it, while the session waits for a lock.
    var whileWaiting = false
}
