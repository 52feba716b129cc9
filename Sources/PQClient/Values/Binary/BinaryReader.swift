/// Reads numbers in network order; nil at the end of the bytes.
struct BinaryReader {
    let bytes: UnsafeRawBufferPointer
    private(set) var index = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var atEnd: Bool { index == bytes.count }

    mutating func integer<T: FixedWidthInteger>(_ type: T.Type = T.self) -> T? {
        guard index + MemoryLayout<T>.size <= bytes.count else { return nil }
        defer { index += MemoryLayout<T>.size }
        return T(bigEndian: bytes.loadUnaligned(fromByteOffset: index, as: T.self))
    }

    mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count >= 0, index + count <= bytes.count else { return nil }
        defer { index += count }
        return UnsafeRawBufferPointer(rebasing: bytes[index..<index + count])
    }

    /// A length and that many bytes; `.some(nil)` for NULL, whose length is -1.
    mutating func field() -> UnsafeRawBufferPointer?? {
        guard let length = integer(Int32.self) else { return nil }
        if length == -1 { return .some(nil) }
        return take(Int(length)).map { .some($0) }
    }

    /// The number that fills all of `bytes`; nil if they are more or fewer.
    static func whole<T: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, _ type: T.Type = T.self) -> T? {
        bytes.count == MemoryLayout<T>.size ? T(bigEndian: bytes.loadUnaligned(as: T.self)) : nil
    }
}

extension [UInt8] {
    mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
