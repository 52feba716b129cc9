import PQClient

/// Thrown inside an attempt; the runner rolls back and decides.
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
