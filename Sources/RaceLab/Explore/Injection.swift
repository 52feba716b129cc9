/// One fault at one moment of a schedule.
struct Injection: Sendable, Hashable {
    var fault: InjectedFault
    var session: Int
    /// The session's move that it takes the place of, counted from 0.
    var move: Int
    /// Not in place of the move but after it, while the session waits for a lock.
    var whileWaiting = false
}
