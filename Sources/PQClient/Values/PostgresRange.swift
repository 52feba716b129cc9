/// A range of SQL (`int4range`, `tstzrange`, …): empty, or from a lower bound to an upper bound, each of which may be missing.
///
/// The server writes ranges of integers and dates as `[lower,upper)`, so `[1,3]` comes back as `[1,4)`.
public enum PostgresRange<Bound: Sendable>: Sendable {
    case empty
    case bounds(lower: Edge, upper: Edge)

    public enum Edge: Sendable {
        case inclusive(Bound)
        case exclusive(Bound)
        /// Has no end. A bound whose value is `infinity` is something else to the server.
        case unbounded
    }
}

extension PostgresRange {
    /// No lower or upper bound: every value.
    public static var unbounded: PostgresRange { .bounds(lower: .unbounded, upper: .unbounded) }

    /// The lower bound's value; nil for none and for the empty range.
    public var lowerBound: Bound? { if case .bounds(let lower, _) = self { lower.value } else { nil } }

    /// The upper bound's value; nil for none and for the empty range.
    public var upperBound: Bound? { if case .bounds(_, let upper) = self { upper.value } else { nil } }

    public var isEmpty: Bool { if case .empty = self { true } else { false } }
}

extension PostgresRange where Bound: Comparable {
    /// `[lower,upper)`; empty if both are the same, as in Swift.
    public init(_ range: Range<Bound>) {
        self = range.isEmpty ? .empty : .bounds(lower: .inclusive(range.lowerBound), upper: .exclusive(range.upperBound))
    }

    public init(_ range: ClosedRange<Bound>) {
        self = .bounds(lower: .inclusive(range.lowerBound), upper: .inclusive(range.upperBound))
    }

    public init(_ range: PartialRangeFrom<Bound>) { self = .bounds(lower: .inclusive(range.lowerBound), upper: .unbounded) }

    public init(_ range: PartialRangeUpTo<Bound>) { self = .bounds(lower: .unbounded, upper: .exclusive(range.upperBound)) }

    public init(_ range: PartialRangeThrough<Bound>) { self = .bounds(lower: .unbounded, upper: .inclusive(range.upperBound)) }

    public func contains(_ value: Bound) -> Bool {
        guard case .bounds(let lower, let upper) = self else { return false }
        let above =
            switch lower {
            case .inclusive(let bound): bound <= value
            case .exclusive(let bound): bound < value
            case .unbounded: true
            }
        let below =
            switch upper {
            case .inclusive(let bound): value <= bound
            case .exclusive(let bound): value < bound
            case .unbounded: true
            }
        return above && below
    }
}

extension PostgresRange.Edge {
    public var value: Bound? {
        switch self {
        case .inclusive(let value), .exclusive(let value): value
        case .unbounded: nil
        }
    }

    public var isInclusive: Bool { if case .inclusive = self { true } else { false } }
}

extension PostgresRange: Equatable where Bound: Equatable {}

extension PostgresRange.Edge: Equatable where Bound: Equatable {}

extension PostgresRange: Hashable where Bound: Hashable {}

extension PostgresRange.Edge: Hashable where Bound: Hashable {}

extension PostgresRange: Codable where Bound: Codable {}

extension PostgresRange.Edge: Codable where Bound: Codable {}
