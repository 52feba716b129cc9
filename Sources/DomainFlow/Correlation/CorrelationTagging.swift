/// Where else the correlation id goes, so that `pg_stat_activity` and the server's log show who runs a statement. Off unless asked
/// for: it costs the server a parameter more a transaction, or a text of its own for each statement.
public struct CorrelationTagging: Sendable, Hashable {
    public enum Place: Sendable, Hashable {
        /// `<prefix> <id>`, cut by PostgreSQL after 63 bytes, for as long as the transaction lasts.
        case applicationName(prefix: String)
        /// `/*correlation_id='<id>'*/` after each statement, as in the sqlcommenter specification.
        case comment
    }

    public var place: Place
    /// Which part of the requests is tagged, from 0 to 1. A request is tagged in all its statements or in none.
    public var sampleRate: Double

    public init(_ place: Place, sampleRate: Double = 1) {
        self.place = place
        self.sampleRate = sampleRate
    }

    /// By the id alone, so that every service that sees it decides alike.
    public func includes(_ id: String) -> Bool {
        guard sampleRate < 1 else { return true }
        // FNV-1a, then a multiplication more: its upper bits alone hardly depend on the last characters.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ (hash >> 32)) &* 0x9e37_79b9_7f4a_7c15
        return Double(hash >> 11) < sampleRate * 0x1p53
    }

    /// The comment, with all but letters, digits and `-._~` as `%XX`, so that no id can end it.
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
