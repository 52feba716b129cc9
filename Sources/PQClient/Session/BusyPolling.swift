/// How long a connection may go on with answers that are there as soon as their statements are sent. Pure.
struct BusyPolling {
    /// Whatever else is ready on the thread waits meanwhile.
    static let most = 16
    private var inARow = 0

    /// How often the processor is offered for one statement: a few microseconds in all where nobody wants it.
    static let yields = 4
    /// So many in vain are borne before the processor is kept more and more often: a server that is far away does not need it.
    static let yieldsInVain = 4
    static let mostDoublings = 6
    private var inVain = 0
    private var kept = 0

    /// False ends the turn, and the next one begins.
    mutating func mayLook() -> Bool {
        if inARow < Self.most { return true }
        inARow = 0
        return false
    }

    mutating func looked(found: Bool) { inARow = found ? inARow + 1 : 0 }

    /// Whether to give the processor to whoever is ready before another look.
    mutating func mayYield() -> Bool {
        if kept == 0 { return true }
        kept -= 1
        return false
    }

    mutating func yielded(found: Bool) {
        inVain = found ? 0 : inVain + 1
        kept = inVain < Self.yieldsInVain ? 0 : 1 << min(inVain - Self.yieldsInVain, Self.mostDoublings)
    }
}
