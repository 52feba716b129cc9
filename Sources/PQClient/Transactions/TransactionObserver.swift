/// Is told how transactions ended. Called on the caller's task, so it must be quick and must not block.
public protocol TransactionObserver: Sendable {
    func transactionEnded(_ report: TransactionReport)
}
