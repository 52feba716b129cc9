/// An SQL array in its binary form: dimensions, the elements' type, then each element with its length.
struct ArrayBinary {
    let elementOID: UInt32
    let dimensions: [(length: Int, lower: Int32)]
    /// In row-major order, nil for NULL.
    let elements: [UnsafeRawBufferPointer?]

    /// nil if the bytes are not an array.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var reader = BinaryReader(bytes)
        guard let count = reader.integer(Int32.self), (0...6).contains(count), let flags = reader.integer(Int32.self),
            flags == 0 || flags == 1, let type = reader.integer(UInt32.self)
        else { return nil }
        var dimensions: [(length: Int, lower: Int32)] = []
        var total = count == 0 ? 0 : 1
        for _ in 0..<count {
            guard let length = reader.integer(Int32.self), length > 0, let lower = reader.integer(Int32.self) else { return nil }
            dimensions.append((Int(length), lower))
            // Each element takes at least its length's four bytes.
            let (product, overflow) = total.multipliedReportingOverflow(by: Int(length))
            guard !overflow, product <= bytes.count / 4 else { return nil }
            total = product
        }
        var elements: [UnsafeRawBufferPointer?] = []
        elements.reserveCapacity(total)
        for _ in 0..<total {
            guard let field = reader.field() else { return nil }
            elements.append(field)
        }
        guard reader.atEnd else { return nil }
        elementOID = type
        self.dimensions = dimensions
        self.elements = elements
    }

    /// Of several dimensions: the parts along the first, each an array of its own.
    var slices: [[UInt8]] {
        let size = elements.count / dimensions[0].length
        return (0..<dimensions[0].length).map { slice in
            var bytes: [UInt8] = []
            bytes.appendBigEndian(Int32(dimensions.count - 1))
            bytes.appendBigEndian(Int32(1))
            bytes.appendBigEndian(elementOID)
            for (length, lower) in dimensions.dropFirst() {
                bytes.appendBigEndian(Int32(length))
                bytes.appendBigEndian(lower)
            }
            for element in elements[slice * size..<(slice + 1) * size] {
                bytes.appendBigEndian(element.map { Int32($0.count) } ?? -1)
                if let element { bytes.append(contentsOf: element) }
            }
            return bytes
        }
    }

    static func encode<T: PostgresBinaryEncodable>(_ elements: [T?], into bytes: inout [UInt8]) {
        bytes.appendBigEndian(Int32(elements.isEmpty ? 0 : 1))
        bytes.appendBigEndian(Int32(elements.contains { $0 == nil } ? 1 : 0))
        bytes.appendBigEndian(T.postgresType.oid)
        guard !elements.isEmpty else { return }
        bytes.appendBigEndian(Int32(elements.count))
        bytes.appendBigEndian(Int32(1))
        for element in elements { appendField(element, to: &bytes) }
    }

    /// Appends a value with its length before it.
    static func appendField<T: PostgresBinaryEncodable>(_ value: T?, to bytes: inout [UInt8]) {
        guard let value else {
            bytes.appendBigEndian(Int32(-1))
            return
        }
        let start = bytes.count
        bytes.appendBigEndian(Int32(0))
        value.encodeBinary(into: &bytes)
        let length = UInt32(bytes.count - start - 4)
        for offset in 0..<4 { bytes[start + offset] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(offset))) }
    }
}
