/// Ranges in text form, `[1,5)`, `(,"b c"]` or `empty`, and in binary form (``RangeBinary``); multiranges as `{[1,5),[7,9)}`.
extension PostgresRange: PostgresEncodable where Bound: PostgresEncodable {
    public var postgresValue: PostgresValue {
        guard case .bounds(let lower, let upper) = self else { return .text("empty") }
        // A NULL bound would be read as no bound.
        let (low, high) = (lower.value?.postgresValue.text, upper.value?.postgresValue.text)
        return .text(
            (lower.isInclusive ? "[" : "(") + (low.map(RecordText.quote) ?? "") + "," + (high.map(RecordText.quote) ?? "")
                + (upper.isInclusive ? "]" : ")"))
    }
}

extension PostgresRange: PostgresDecodable where Bound: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) {
        let bytes = try cell.required(Self.self)
        defer { cell.keep() }
        if cell.format == .binary {
            self = try Self.binary(bytes, of: cell)
            return
        }
        guard let (range, next) = try Self.read(bytes, from: 0, of: cell), next == bytes.count else { throw cell.mismatch(Self.self) }
        self = range
    }

    private static func binary(_ bytes: UnsafeRawBufferPointer, of cell: PostgresCell) throws(PostgresError) -> PostgresRange {
        let type = PostgresType(oid: cell.typeOID)
        guard type.bound != nil || type.name == nil, let range = RangeBinary(bytes) else { throw cell.mismatch(Self.self) }
        guard !range.isEmpty else { return .empty }
        func edge(_ bytes: UnsafeRawBufferPointer?, _ inclusive: Bool) throws(PostgresError) -> Edge {
            guard let bytes else { return .unbounded }
            let bound = try Bound(postgres: cell.part(bytes, typeOID: type.bound?.oid ?? 0))
            return inclusive ? .inclusive(bound) : .exclusive(bound)
        }
        return .bounds(lower: try edge(range.lower, range.lowerInclusive), upper: try edge(range.upper, range.upperInclusive))
    }

    /// The range at `start`, and the index after it; nil if there is none.
    fileprivate static func read(
        _ bytes: UnsafeRawBufferPointer, from start: Int, of cell: PostgresCell
    ) throws(PostgresError) -> (PostgresRange, Int)? {
        if bytes.count == 5, String(decoding: bytes, as: UTF8.self) == "empty" { return (.empty, 5) }
        let (comma, bracket, parenthesis) = (UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: ")"))
        guard start < bytes.count, bytes[start] == UInt8(ascii: "[") || bytes[start] == UInt8(ascii: "("),
            let (low, middle) = RecordText.item(bytes, from: start + 1, to: bytes.count, endingWith: [comma]), middle < bytes.count,
            let (high, end) = RecordText.item(bytes, from: middle + 1, to: bytes.count, endingWith: [bracket, parenthesis]),
            end < bytes.count
        else { return nil }
        func edge(_ content: [UInt8]?, _ inclusive: Bool) throws(PostgresError) -> Edge {
            guard let content else { return .unbounded }
            let bound = try Bound(postgres: cell.part(copying: content, typeOID: 0))
            return inclusive ? .inclusive(bound) : .exclusive(bound)
        }
        let lower = try edge(low, bytes[start] == UInt8(ascii: "["))
        return (.bounds(lower: lower, upper: try edge(high, bytes[end] == bracket)), end + 1)
    }
}

extension PostgresMultirange: PostgresEncodable where Bound: PostgresEncodable {
    public var postgresValue: PostgresValue {
        // The text form of a multirange cannot hold the empty range, which adds nothing to it.
        .text("{" + ranges.filter { !$0.isEmpty }.compactMap(\.postgresValue.text).joined(separator: ",") + "}")
    }
}

extension PostgresMultirange: PostgresDecodable where Bound: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) {
        let bytes = try cell.required(Self.self)
        defer { cell.keep() }
        if cell.format == .binary {
            let type = PostgresType(oid: cell.typeOID)
            guard type.range != nil || type.name == nil, let parts = RangeBinary.parts(bytes) else { throw cell.mismatch(Self.self) }
            self.init([])
            for part in parts { ranges.append(try PostgresRange(postgres: cell.part(part, typeOID: type.range?.oid ?? 0))) }
            return
        }
        guard bytes.count >= 2, bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") else { throw cell.mismatch(Self.self) }
        self.init([])
        var index = 1
        while index < bytes.count - 1 {
            if !ranges.isEmpty {
                guard bytes[index] == UInt8(ascii: ",") else { throw cell.mismatch(Self.self) }
                index += 1
            }
            guard let (range, next) = try PostgresRange<Bound>.read(bytes, from: index, of: cell) else { throw cell.mismatch(Self.self) }
            ranges.append(range)
            index = next
        }
    }
}
