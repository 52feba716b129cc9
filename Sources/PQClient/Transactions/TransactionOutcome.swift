/// What became of a transaction whose COMMIT was not answered.
enum TransactionOutcome: Sendable, Equatable {
    case committed
    case rolledBack
    /// With the reason.
    case unknown(String)
}
