/// One entry of the error registry.
public struct ErrorCode: Sendable, Hashable {
    public var code: String
    public var sqlState: String
    public var httpStatus: Int
    public var isRetryable: Bool
    public var description: String
}
