/// What the names of a campaign look like: prefix, `length` characters of the charset, suffix, a dot and each of the TLDs.
public struct DomainPattern: Sendable, Hashable, Codable {
    public var prefix: String
    public var charset: String
    public var length: Int
    public var suffix: String
    public var tlds: [String]
    /// Names at most; nil for all that the pattern has.
    public var limit: Int?

    public init(prefix: String = "", charset: String, length: Int, suffix: String = "", tlds: [String], limit: Int? = nil) {
        self.prefix = prefix
        self.charset = charset
        self.length = length
        self.suffix = suffix
        self.tlds = tlds
        self.limit = limit
    }
}
