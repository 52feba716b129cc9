/// A moment at which more than one session could have gone on.
public struct Decision: Sendable, Equatable {
    /// The sessions that could go on, in order.
    var enabled: [Int]
    /// The one that did.
    var chosen: Int
    /// The session that went on before this, if it could go on and is in the middle of something: choosing another one preempts it.
    var previous: Int?

    func isPreemption(_ session: Int) -> Bool { previous != nil && session != previous }
}
