/// SQL arrays in their text form: `{1,NULL,"a \"quoted\" one"}`. Written in any number of dimensions, read in one.
enum ArrayText {
    /// `nested`: the elements are arrays themselves, already in their text form, which is not quoted.
    static func format(_ elements: [PostgresValue], nested: Bool = false) -> String {
        var text = "{"
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            switch element.storage {
            case .null: text += "NULL"
            case .integer(let value): text += String(value)
            case .text(let inner) where nested: text += inner
            default: appendQuoted(element.text ?? "", to: &text)
            }
        }
        return text + "}"
    }

    private static func appendQuoted(_ element: String, to text: inout String) {
        text += "\""
        for scalar in element.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { text += "\\" }
            text.unicodeScalars.append(scalar)
        }
        text += "\""
    }

    /// The elements, each a cell that keeps its bytes alive.
    static func parse(_ cell: PostgresCell, as type: Any.Type) throws(PostgresError) -> [PostgresCell] {
        let bytes = try cell.required(type)
        let elementOID = PostgresType(oid: cell.typeOID).element?.oid ?? 0
        // Lower bounds other than 1 stand before the braces: [0:1]={7,8}
        let open = bytes.first == UInt8(ascii: "[") ? (bytes.firstIndex(of: UInt8(ascii: "=")) ?? 0) + 1 : 0
        guard bytes.count >= open + 2, bytes[open] == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") else {
            throw cell.mismatch(type)
        }
        var elements: [PostgresCell] = []
        var index = open + 1
        let end = bytes.count - 1
        while index < end {
            switch bytes[index] {
            case UInt8(ascii: "{"):
                throw cell.severalDimensions(type)
            case UInt8(ascii: "\""):
                guard let (content, next) = unquote(bytes, from: index + 1, to: end) else {
                    throw cell.mismatch(type)
                }
                elements.append(cell.part(copying: content, typeOID: elementOID))
                index = next
            default:
                let start = index
                while index < end, bytes[index] != UInt8(ascii: ",") { index += 1 }
                let content = [UInt8](bytes[start..<index])
                elements.append(cell.part(copying: content == Array("NULL".utf8) ? nil : content, typeOID: elementOID))
            }
            index += 1
        }
        return elements
    }

    /// The text up to the closing quote, and the index after the quote.
    private static func unquote(_ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> ([UInt8], Int)? {
        var content: [UInt8] = []
        var index = start
        while index < end {
            switch bytes[index] {
            case UInt8(ascii: "\""): return (content, index + 1)
            case UInt8(ascii: "\\"):
                index += 1
                content.append(bytes[index])
            default: content.append(bytes[index])
            }
            index += 1
        }
        return nil
    }
}

extension PostgresCell {
    /// The elements of an array of one dimension, in either form.
    func elements(_ type: Any.Type) throws(PostgresError) -> [PostgresCell] {
        guard format == .binary else { return try ArrayText.parse(self, as: type) }
        let known = PostgresType(oid: typeOID)
        guard known.element != nil || known.name == nil, let array = ArrayBinary(try required(type)) else { throw mismatch(type) }
        guard array.dimensions.count <= 1 else { throw severalDimensions(type) }
        return array.elements.map { part($0, typeOID: array.elementOID) }
    }

    fileprivate func severalDimensions(_ type: Any.Type) -> PostgresError {
        failure(
            "an array of more than one dimension was read as \(type)", hint: "unnest it in the statement, or read it as text")
    }
}
