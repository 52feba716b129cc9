/// Notices a session that polls: it comes to the same statement over and over, and waits for another session without a lock.
///
/// A loop that does work ends in the time that exploring it would take, so only one that goes on for longer counts.
struct Spin {
    private static let patience = Duration.seconds(2)
    private static let visits = 20

    private var session: Int?
    private var since = ContinuousClock.now
    private var visited: [GateListener.Statement: Int] = [:]

    /// The session that went on last has to let another one go on.
    var isLasting: Bool {
        visited.values.contains { $0 >= Self.visits } && since.duration(to: .now) > Self.patience
    }

    /// Notes that a session goes on, from a statement or with a step.
    mutating func note(_ session: Int, before statement: GateListener.Statement?) {
        if session != self.session || statement == nil { (self.session, since, visited) = (session, .now, [:]) }
        if let statement { visited[statement, default: 0] += 1 }
    }
}
