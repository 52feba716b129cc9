/// Cuts a byte stream of PostgreSQL's protocol (version 3) into messages. Pure: bytes go in, whole messages come out.
///
/// Source: PostgreSQL documentation, "Message Formats".
struct MessageSplitter {
    struct Frame: Equatable {
        /// 0 for what opens a connection, which has no type byte.
        var type: UInt8
        /// The message as it was on the wire, type and length included.
        var bytes: [UInt8]

        /// What follows the length.
        var body: ArraySlice<UInt8> { bytes.dropFirst(type == 0 ? 4 : 5) }

        /// The code that tells what opens a connection: a protocol version or a request.
        var openingCode: UInt32 { type == 0 && bytes.count >= 8 ? MessageSplitter.word(bytes, at: 4) : 0 }
    }

    static let cancelRequest: UInt32 = 80_877_102
    static let sslRequest: UInt32 = 80_877_103
    static let gssRequest: UInt32 = 80_877_104

    private var pending: [UInt8] = []
    private var opening: Bool

    /// A client's stream begins with messages that have no type; a server's does not.
    init(opening: Bool) { self.opening = opening }

    mutating func feed(_ bytes: some Sequence<UInt8>) { pending.append(contentsOf: bytes) }

    /// The next whole message; nil until more bytes have arrived.
    mutating func next() -> Frame? {
        let head = opening ? 0 : 1
        guard pending.count >= head + 4 else { return nil }
        let length = head + max(4, Int(Self.word(pending, at: head)))
        guard pending.count >= length else { return nil }
        let frame = Frame(type: opening ? 0 : pending[0], bytes: Array(pending[..<length]))
        pending.removeFirst(length)
        // After a refused request for encryption the client starts over on the same connection.
        if opening { opening = frame.openingCode == Self.sslRequest || frame.openingCode == Self.gssRequest }
        return frame
    }

    private static func word(_ bytes: [UInt8], at index: Int) -> UInt32 {
        bytes[index..<index + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}

extension MessageSplitter.Frame {
    /// The SQL text of a Query or Parse message.
    var statement: String? {
        switch type {
        case UInt8(ascii: "Q"):
            return String(decoding: body.prefix { $0 != 0 }, as: UTF8.self)
        case UInt8(ascii: "P"):
            // The name of the statement comes first.
            return String(decoding: body.drop { $0 != 0 }.dropFirst().prefix { $0 != 0 }, as: UTF8.self)
        default: return nil
        }
    }

    /// How the SQL text ends, e.g. `COMMIT`; nil if there is none.
    var lastWord: String? {
        statement?.uppercased().split { $0.isWhitespace || $0 == ";" }.last.map(String.init)
    }
}
