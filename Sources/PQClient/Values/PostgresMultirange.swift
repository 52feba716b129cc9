/// Several ranges in one value (`int4multirange`, …). The server orders them and joins those that touch or overlap.
public struct PostgresMultirange<Bound: Sendable>: Sendable, ExpressibleByArrayLiteral {
    public var ranges: [PostgresRange<Bound>]

    public init(_ ranges: [PostgresRange<Bound>]) { self.ranges = ranges }
    public init(arrayLiteral ranges: PostgresRange<Bound>...) { self.ranges = ranges }
}

extension PostgresMultirange: Equatable where Bound: Equatable {}

extension PostgresMultirange: Hashable where Bound: Hashable {}

extension PostgresMultirange: Codable where Bound: Codable {}
