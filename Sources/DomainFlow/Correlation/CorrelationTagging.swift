/// Shows the correlation id in `pg_stat_activity` and the server's log. It is off by default, because it costs the server one more
/// parameter for each transaction, or a different text for each statement.
public struct CorrelationTagging: Sendable, Hashable {
    public enum Place: Sendable, Hashable {
        /// `<prefix> <id>` during the transaction; PostgreSQL cuts it after 63 bytes.
        case applicationName(prefix: String)
        /// `/*correlation_id='<id>'*/` after each statement, as in the sqlcommenter specification.
        case comment
    }

    public var place: Place
    /// The share of requests to tag, from 0 to 1. Either all statements of a request are tagged, or none.
    public var sampleRate: Double

    public init(_ place: Place, sampleRate: Double = 1) {
        self.place = place
        self.sampleRate = sampleRate
    }

    /// Depends on the id alone, so that every service makes the same decision.
    public func includes(_ id: String) -> Bool {
        guard sampleRate < 1 else { return true }
        // FNV-1a and one more multiplication, because its upper bits hardly depend on the last characters.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ (hash >> 32)) &* 0x9e37_79b9_7f4a_7c15
        return Double(hash >> 11) < sampleRate * 0x1p53
    }

    /// The comment, with everything but letters, digits and `-._~` as `%XX`, so that no id can end the comment.
    static func comment(_ id: String) -> String {
        var text = "/*correlation_id='"
        for byte in id.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return text + "'*/"
    }
}
