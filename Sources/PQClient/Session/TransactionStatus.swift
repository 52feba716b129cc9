/// Where a connection stands between BEGIN and COMMIT.
public enum TransactionStatus: Sendable {
    case idle, active, inTransaction, failed, unknown
}
