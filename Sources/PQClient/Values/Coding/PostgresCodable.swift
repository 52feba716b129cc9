/// A type whose values can be parameters and read from columns.
///
/// An enum of strings or integers only has to declare it; its raw values are the labels of an SQL enum, texts or numbers: `enum Mood:
/// String, PostgresCodable { case good, bad }`.
public typealias PostgresCodable = PostgresEncodable & PostgresDecodable

extension PostgresEncodable where Self: RawRepresentable, RawValue: PostgresEncodable {
    public static var parameterType: PostgresType? { RawValue.parameterType }
    public var postgresValue: PostgresValue { rawValue.postgresValue }
}

extension PostgresDecodable where Self: RawRepresentable, RawValue: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) {
        guard let value = Self(rawValue: try RawValue(postgres: cell)) else { throw cell.mismatch(Self.self) }
        self = value
    }
}
