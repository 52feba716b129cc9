/// Ends an attempt; the runner rolls back and decides what follows.
struct StepStop: Error {
    var failure: StepFailure
    var blockers: [Blocker]
    var isVerify: Bool

    init(_ failure: StepFailure, blockers: [Blocker] = [], isVerify: Bool = false) {
        self.failure = failure
        self.blockers = blockers
        self.isVerify = isVerify
    }
}
