import Foundation

/// Parameters in the form libpq takes them, in buffers that are used again from one statement to the next.
final class ParameterBuffer {
    // Unchecked: a session's own, and filled for each statement.
    @exclusivity(unchecked) private var bytes: [UInt8] = []
    @exclusivity(unchecked) private var offsets: [Int] = []
    @exclusivity(unchecked) private var lengths: [Int32] = []
    @exclusivity(unchecked) private var formats: [Int32] = []
    @exclusivity(unchecked) private var types: [UInt32] = []

    /// How many bytes the last parameters took.
    var byteCount: Int { bytes.count }

    typealias Body = (
        _ count: Int32, _ types: UnsafePointer<UInt32>?, _ values: UnsafePointer<UnsafePointer<CChar>?>?,
        _ lengths: UnsafePointer<Int32>?, _ formats: UnsafePointer<Int32>?
    ) throws(PostgresError) -> Void

    func with(_ binds: [PostgresValue], _ body: Body) throws(PostgresError) {
        if binds.isEmpty {
            try body(0, nil, nil, nil, nil)
            return
        }
        guard binds.count <= 65_535 else {
            throw PostgresError(.usage, "\(binds.count) parameters, a statement takes 65535", hint: "send arrays")
        }
        try fill(binds)
        var failure: PostgresError?
        withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: binds.count) { values in
            bytes.withUnsafeBytes { base in
                for index in 0..<binds.count {
                    values[index] =
                        offsets[index] < 0
                        ? nil : base.baseAddress!.advanced(by: offsets[index]).assumingMemoryBound(to: CChar.self)
                }
                do throws(PostgresError) {
                    try body(Int32(binds.count), types, values.baseAddress, lengths, formats)
                } catch { failure = error }
            }
        }
        if let failure { throw failure }
    }

    private func fill(_ binds: [PostgresValue]) throws(PostgresError) {
        bytes.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        formats.removeAll(keepingCapacity: true)
        types.removeAll(keepingCapacity: true)
        for (index, bind) in binds.enumerated() {
            offsets.append(bytes.count)
            types.append(bind.typeOID)
            switch bind.storage {
            case .null:
                offsets[index] = -1
                lengths.append(0)
                formats.append(0)
                continue
            case .integer(let value): appendDecimal(value)
            case .text(var text):
                // PostgreSQL's text cannot hold NUL; libpq would cut the value there without a word.
                guard !text.containsNUL else {
                    throw PostgresError(.usage, "parameter $\(index + 1) contains a NUL character")
                }
                text.withUTF8 { bytes.append(contentsOf: $0) }
            case .bytes(let content): bytes.append(contentsOf: content)
            }
            lengths.append(Int32(bytes.count - offsets[index]))
            if case .bytes = bind.storage { formats.append(1) } else { formats.append(0) }
            bytes.append(0)
        }
        if bytes.isEmpty { bytes.append(0) }
    }

    private func appendDecimal(_ value: Int64) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        let start = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }
}

extension String {
    var containsNUL: Bool {
        var text = self
        return text.withUTF8 { $0.count > 0 && memchr($0.baseAddress!, 0, $0.count) != nil }
    }
}
