/// How often a connection may look for an answer right after it has sent the statement, in place of waiting for an event. Pure.
struct BusyPolling {
    /// At most this many answers in a row may be found at once; everything else that is ready on the thread waits meanwhile.
    static let most = 16
    private var inARow = 0

    /// How often the processor is yielded for one statement: a few microseconds in all if no other thread wants it.
    static let yields = 4
    /// After this many yields in vain the processor is yielded less and less often: a server on another machine does not need it.
    static let yieldsInVain = 4
    static let mostDoublings = 6
    private var inVain = 0
    private var kept = 0

    /// False ends the turn; the next call begins another.
    mutating func mayLook() -> Bool {
        if inARow < Self.most { return true }
        inARow = 0
        return false
    }

    mutating func looked(found: Bool) { inARow = found ? inARow + 1 : 0 }

    /// Whether to yield the processor before looking again.
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
