/// The form of the names of a campaign: prefix, `length` characters of the charset, suffix, a dot and each of the TLDs.
public struct DomainPattern: Sendable, Hashable, Codable {
    public var prefix: String
    public var charset: String
    public var length: Int
    public var suffix: String
    public var tlds: [String]
    /// The maximum number of names; nil for all names of the pattern.
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
