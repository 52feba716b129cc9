/// A range in its binary form: flags, then each existing bound with its length.
struct RangeBinary {
    let isEmpty: Bool
    let lowerInclusive: Bool
    let upperInclusive: Bool
    let lower: UnsafeRawBufferPointer?
    let upper: UnsafeRawBufferPointer?

    init?(_ bytes: UnsafeRawBufferPointer) {
        var reader = BinaryReader(bytes)
        guard let flags = reader.integer(UInt8.self) else { return nil }
        isEmpty = flags & 0x01 != 0
        lowerInclusive = flags & 0x02 != 0
        upperInclusive = flags & 0x04 != 0
        var bounds: [UnsafeRawBufferPointer?] = []
        for infinite in [0x08, 0x10] as [UInt8] {
            if isEmpty || flags & infinite != 0 {
                bounds.append(nil)
            } else {
                guard case .some(.some(let field)) = reader.field() else { return nil }
                bounds.append(field)
            }
        }
        guard reader.atEnd else { return nil }
        lower = bounds[0]
        upper = bounds[1]
    }

    /// The ranges of a multirange.
    static func parts(_ bytes: UnsafeRawBufferPointer) -> [UnsafeRawBufferPointer]? {
        var reader = BinaryReader(bytes)
        guard let count = reader.integer(Int32.self), count >= 0 else { return nil }
        var parts: [UnsafeRawBufferPointer] = []
        for _ in 0..<count {
            guard case .some(.some(let field)) = reader.field() else { return nil }
            parts.append(field)
        }
        return reader.atEnd ? parts : nil
    }
}
