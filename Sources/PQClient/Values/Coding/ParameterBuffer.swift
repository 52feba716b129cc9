import Foundation

/// Parameters in the form that libpq takes, in memory that is reused from statement to statement.
final class ParameterBuffer {
    // Plain memory in place of arrays, and unchecked, because it belongs to one session and is filled for each statement.
    @exclusivity(unchecked) private var bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
    @exclusivity(unchecked) private var capacity = 256
    @exclusivity(unchecked) private var columns = Columns(capacity: 16)
    /// Size of the last parameters in bytes.
    @exclusivity(unchecked) private(set) var byteCount = 0

    private struct Columns {
        let capacity: Int
        let types: UnsafeMutablePointer<UInt32>
        let values: UnsafeMutablePointer<UnsafePointer<CChar>?>
        let lengths: UnsafeMutablePointer<Int32>
        let formats: UnsafeMutablePointer<Int32>

        init(capacity: Int) {
            self.capacity = capacity
            types = .allocate(capacity: capacity)
            values = .allocate(capacity: capacity)
            lengths = .allocate(capacity: capacity)
            formats = .allocate(capacity: capacity)
        }

        func deallocate() {
            types.deallocate()
            values.deallocate()
            lengths.deallocate()
            formats.deallocate()
        }
    }

    deinit {
        bytes.deallocate()
        columns.deallocate()
    }

    typealias Body = (
        _ count: Int32, _ types: UnsafePointer<UInt32>?, _ values: UnsafePointer<UnsafePointer<CChar>?>?,
        _ lengths: UnsafePointer<Int32>?, _ formats: UnsafePointer<Int32>?
    ) throws(PostgresError) -> Void

    /// The pointers that `body` gets are valid until the next call, or ``shrink()``.
    func with(_ binds: [PostgresValue], _ body: Body) throws(PostgresError) {
        guard !binds.isEmpty else {
            byteCount = 0
            return try body(0, nil, nil, nil, nil)
        }
        guard binds.count <= 65_535 else {
            throw PostgresError(.usage, "\(binds.count) parameters were given; a statement takes at most 65535", hint: "send arrays")
        }
        reserve(binds)
        try fill(binds)
        try body(Int32(binds.count), columns.types, columns.values, columns.lengths, columns.formats)
    }

    /// Gives back what a large statement took.
    func shrink() {
        bytes.deallocate()
        capacity = 256
        bytes = .allocate(capacity: capacity)
    }

    /// Before anything is filled in, because `values` points into `bytes`.
    private func reserve(_ binds: [PostgresValue]) {
        var needed = 0
        for bind in binds {
            // Each value is followed by a zero byte.
            switch bind.storage {
            case .null: break
            case .integer: needed += 21
            case .text(let text): needed += text.utf8.count + 1
            case .bytes(let content): needed += content.count + 1
            }
        }
        if needed > capacity {
            bytes.deallocate()
            capacity = max(needed, capacity * 2)
            bytes = .allocate(capacity: capacity)
        }
        if binds.count > columns.capacity {
            columns.deallocate()
            columns = Columns(capacity: max(binds.count, columns.capacity * 2))
        }
    }

    private func fill(_ binds: [PostgresValue]) throws(PostgresError) {
        var end = bytes
        for (index, bind) in binds.enumerated() {
            let start = end
            columns.types[index] = bind.typeOID
            columns.formats[index] = 0
            switch bind.storage {
            case .null:
                columns.values[index] = nil
                columns.lengths[index] = 0
                continue
            case .integer(let value): end = Self.writeDecimal(value, at: end)
            case .text(var text):
                // PostgreSQL's text cannot hold NUL; libpq would silently cut the value there.
                guard !text.containsNUL else {
                    throw PostgresError(.usage, "parameter $\(index + 1) contains a NUL character")
                }
                text.withUTF8 { end = Self.write($0, at: end) }
            case .bytes(let content):
                content.withUnsafeBufferPointer { end = Self.write($0, at: end) }
                columns.formats[index] = 1
            }
            columns.values[index] = UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self)
            columns.lengths[index] = Int32(end - start)
            end.pointee = 0
            end += 1
        }
        byteCount = end - bytes
    }

    private static func write(_ content: UnsafeBufferPointer<UInt8>, at start: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        if let base = content.baseAddress { start.update(from: base, count: content.count) }
        return start + content.count
    }

    private static func writeDecimal(_ value: Int64, at start: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        var end = start
        if value < 0 {
            end.pointee = UInt8(ascii: "-")
            end += 1
        }
        let first = end
        var rest = value.magnitude
        repeat {
            end.pointee = UInt8(ascii: "0") + UInt8(rest % 10)
            end += 1
            rest /= 10
        } while rest > 0
        var digits = UnsafeMutableBufferPointer(start: first, count: end - first)
        digits.reverse()
        return end
    }
}

extension String {
    var containsNUL: Bool {
        var text = self
        return text.withUTF8 { $0.count > 0 && memchr($0.baseAddress!, 0, $0.count) != nil }
    }

    /// Without NUL characters, which PostgreSQL's text cannot hold.
    package var withoutNUL: String {
        containsNUL ? String(UnicodeScalarView(unicodeScalars.filter { $0 != "\0" })) : self
    }
}
