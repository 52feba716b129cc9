/// Composite values in their binary form.
enum RecordBinary {
    /// Reads the number of fields, then the type and value of each; nil if the bytes are not a record.
    static func fields(_ bytes: UnsafeRawBufferPointer) -> [(type: UInt32, bytes: UnsafeRawBufferPointer?)]? {
        var reader = BinaryReader(bytes)
        guard let count = reader.integer(Int32.self), count >= 0 else { return nil }
        var fields: [(type: UInt32, bytes: UnsafeRawBufferPointer?)] = []
        for _ in 0..<count {
            guard let type = reader.integer(UInt32.self), let field = reader.field() else { return nil }
            fields.append((type, field))
        }
        return reader.atEnd ? fields : nil
    }
}
