/// Composite values in their text form: `(1,"b ""quoted"" c",)`. A NULL field is empty; an empty text is `""`.
enum RecordText {
    static func format(_ fields: [PostgresValue]) -> String {
        "(" + fields.map { $0.text.map(quote) ?? "" }.joined(separator: ",") + ")"
    }

    /// `text` in double quotes, with the quotes and backslashes in it doubled. Bounds of ranges have the same form.
    static func quote(_ text: String) -> String { "\"" + text.doubling("\"", "\\") + "\"" }

    /// `type`: what the error for NULL names.
    static func parse(_ cell: PostgresCell, as type: Any.Type) throws(PostgresError) -> [PostgresCell] {
        let bytes = try cell.required(type)
        if cell.format == .binary {
            let known = PostgresType(oid: cell.typeOID)
            guard known == .record || known.name == nil, let fields = RecordBinary.fields(bytes) else {
                throw cell.failure("'\(cell.text?.prefix(60) ?? "")' is not a composite value")
            }
            return fields.map { cell.part($0.bytes, typeOID: $0.type) }
        }
        guard bytes.count >= 2, bytes.first == UInt8(ascii: "("), bytes.last == UInt8(ascii: ")") else {
            throw cell.failure("'\(cell.text?.prefix(60) ?? "")' is not a composite value")
        }
        var fields: [PostgresCell] = []
        var index = 1
        repeat {
            guard let (content, next) = item(bytes, from: index, to: bytes.count - 1, endingWith: [UInt8(ascii: ",")]) else {
                throw cell.failure("'\(cell.text?.prefix(60) ?? "")' is not a composite value")
            }
            fields.append(cell.part(copying: content, typeOID: 0))
            index = next + 1
        } while index <= bytes.count - 1
        return fields
    }

    /// The unquoted text from `start` to one of `ends` or to `end`, nil if there is none, and where it ends. The result is nil if a quote
    /// is left open.
    static func item(
        _ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int, endingWith ends: [UInt8]
    ) -> (content: [UInt8]?, next: Int)? {
        var content: [UInt8] = []
        var (index, quoted, quotes) = (start, false, false)
        while index < end {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\\"):
                index += 1
                guard index < end else { return nil }
                content.append(bytes[index])
            case UInt8(ascii: "\"") where quoted && index + 1 < end && bytes[index + 1] == byte:
                index += 1
                content.append(byte)
            case UInt8(ascii: "\""):
                quoted.toggle()
                quotes = true
            case _ where !quoted && ends.contains(byte):
                return (content.isEmpty && !quotes ? nil : content, index)
            default: content.append(byte)
            }
            index += 1
        }
        return quoted ? nil : (content.isEmpty && !quotes ? nil : content, end)
    }
}
