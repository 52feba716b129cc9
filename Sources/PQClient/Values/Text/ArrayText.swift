/// SQL arrays in their text form, in any number of dimensions: `{1,NULL,"a \"quoted\" one"}`.
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

    /// The elements, each a cell that keeps its bytes alive. `nested`: they are arrays, each with one dimension less.
    static func parse(_ cell: PostgresCell, as type: Any.Type, nested: Bool) throws(PostgresError) -> [PostgresCell] {
        let bytes = try cell.required(type)
        let element = PostgresType(oid: cell.typeOID).element ?? PostgresType(oid: 0)
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
                guard nested else { throw cell.severalDimensions(type) }
                guard let next = closing(bytes, from: index, to: end) else { throw cell.mismatch(type) }
                elements.append(cell.part(copying: [UInt8](bytes[index..<next]), typeOID: cell.typeOID))
                index = next
            case _ where nested: throw cell.fewDimensions(type)
            case UInt8(ascii: "\""):
                guard let (content, next) = unquote(bytes, from: index + 1, to: end) else {
                    throw cell.mismatch(type)
                }
                elements.append(cell.part(copying: content, typeOID: element.oid))
                index = next
            default:
                let start = index
                while index < end, bytes[index] != element.delimiter { index += 1 }
                let content = [UInt8](bytes[start..<index])
                elements.append(cell.part(copying: content == Array("NULL".utf8) ? nil : content, typeOID: element.oid))
            }
            index += 1
        }
        return elements
    }

    /// The index after the brace that closes the one at `start`.
    private static func closing(_ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int? {
        var depth = 0
        var index = start
        while index < end {
            switch bytes[index] {
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"):
                depth -= 1
                if depth == 0 { return index + 1 }
            case UInt8(ascii: "\""):
                guard let (_, next) = unquote(bytes, from: index + 1, to: end) else { return nil }
                index = next - 1
            default: break
            }
            index += 1
        }
        return nil
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
    /// The elements of an array of one dimension, in either form; with `nested` the parts of one of several.
    func elements(_ type: Any.Type, nested: Bool = false) throws(PostgresError) -> [PostgresCell] {
        guard format == .binary else { return try ArrayText.parse(self, as: type, nested: nested) }
        let known = PostgresType(oid: typeOID)
        guard known.element != nil || known.name == nil, let array = ArrayBinary(try required(type)) else { throw mismatch(type) }
        if nested {
            if array.dimensions.isEmpty { return [] }
            guard array.dimensions.count > 1 else { throw fewDimensions(type) }
            return array.slices.map { part(copying: $0, typeOID: typeOID, format: .binary) }
        }
        guard array.dimensions.count <= 1 else { throw severalDimensions(type) }
        return array.elements.map { part($0, typeOID: array.elementOID) }
    }

    /// The elements, which are arrays themselves if there is more than one dimension.
    func elementsOfAnyDimension() throws(PostgresError) -> [PostgresCell] {
        do {
            return try elements([Any].self)
        } catch {
            return try elements([[Any]].self, nested: true)
        }
    }

    fileprivate func severalDimensions(_ type: Any.Type) -> PostgresError {
        failure(
            "an array of more than one dimension was read as \(type)", hint: "read it as an array of arrays, or as text")
    }

    fileprivate func fewDimensions(_ type: Any.Type) -> PostgresError {
        failure("an array of fewer dimensions was read as \(type)")
    }
}
