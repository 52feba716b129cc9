/// What identifies a transaction that is about to be committed, in case the answer is lost.
struct TransactionMark: Sendable {
    /// nil when it was not asked for, or when nothing was written.
    var id: UInt64?
    /// Before BEGIN was sent.
    var began = ContinuousClock.now
}
