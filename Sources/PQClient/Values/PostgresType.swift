/// A type of SQL, by its object id. The ids of built-in types are the same on every server; those of types that a database
/// defines itself (enums, composite types, domains' arrays) are not, and have no name here.
public struct PostgresType: Sendable, Hashable {
    public var oid: UInt32

    public init(oid: UInt32) { self.oid = oid }

    public static let bool = PostgresType(oid: 16)
    public static let bytea = PostgresType(oid: 17)
    public static let int8 = PostgresType(oid: 20)
    public static let int2 = PostgresType(oid: 21)
    public static let int4 = PostgresType(oid: 23)
    public static let text = PostgresType(oid: 25)
    public static let oid = PostgresType(oid: 26)
    public static let json = PostgresType(oid: 114)
    public static let float4 = PostgresType(oid: 700)
    public static let float8 = PostgresType(oid: 701)
    public static let varchar = PostgresType(oid: 1043)
    public static let date = PostgresType(oid: 1082)
    public static let time = PostgresType(oid: 1083)
    public static let timestamp = PostgresType(oid: 1114)
    public static let timestamptz = PostgresType(oid: 1184)
    public static let interval = PostgresType(oid: 1186)
    public static let numeric = PostgresType(oid: 1700)
    public static let record = PostgresType(oid: 2249)
    public static let uuid = PostgresType(oid: 2950)
    public static let jsonb = PostgresType(oid: 3802)
    public static let int4range = PostgresType(oid: 3904)
    public static let numrange = PostgresType(oid: 3906)
    public static let tsrange = PostgresType(oid: 3908)
    public static let tstzrange = PostgresType(oid: 3910)
    public static let daterange = PostgresType(oid: 3912)
    public static let int8range = PostgresType(oid: 3926)

    /// The name in `pg_type`; nil for a type that this table does not have.
    public var name: String? { Self.names[oid] }

    var isJSON: Bool { self == .json || self == .jsonb }

    /// The element type of this array type; nil for other types, and for arrays of types that the database defines.
    public var element: PostgresType? { Self.elementOfArray[oid].map(PostgresType.init(oid:)) }

    /// The array type of this type, if this table has it.
    public var array: PostgresType? { Self.arrayOfElement[oid].map(PostgresType.init(oid:)) }

    /// The type of this range type's bounds.
    var bound: PostgresType? { Self.boundOfRange[oid].map(PostgresType.init(oid:)) }

    /// What stands between the elements of an array of this type in text form.
    var delimiter: UInt8 { oid == 603 ? UInt8(ascii: ";") : UInt8(ascii: ",") }

    /// The range type of this multirange type.
    var range: PostgresType? { Self.rangeOfMultirange[oid].map(PostgresType.init(oid:)) }

    /// Arrays are named after their elements, with `[]`.
    static let names = simpleNames.merging(
        elementOfArray.compactMap { array, element in simpleNames[element].map { (array, $0 + "[]") } }, uniquingKeysWith: { $1 })

    private static let simpleNames: [UInt32: String] = [
        16: "bool", 17: "bytea", 18: "char", 19: "name", 20: "int8", 21: "int2", 23: "int4", 24: "regproc", 25: "text", 26: "oid",
        27: "tid", 28: "xid", 29: "cid", 114: "json", 142: "xml", 600: "point", 601: "lseg", 602: "path", 603: "box", 604: "polygon",
        628: "line", 650: "cidr", 718: "circle", 700: "float4", 701: "float8",
        705: "unknown", 790: "money", 829: "macaddr", 869: "inet", 1042: "bpchar", 1043: "varchar", 1082: "date", 1083: "time",
        1114: "timestamp", 1184: "timestamptz", 1186: "interval", 1266: "timetz", 1560: "bit", 1562: "varbit", 1700: "numeric",
        2202: "regprocedure", 2205: "regclass", 2206: "regtype", 2249: "record", 2275: "cstring", 2278: "void", 2950: "uuid",
        3220: "pg_lsn", 3614: "tsvector", 3615: "tsquery", 3802: "jsonb", 3904: "int4range", 3906: "numrange", 3908: "tsrange",
        3910: "tstzrange", 3912: "daterange", 3926: "int8range", 4072: "jsonpath", 4089: "regnamespace", 4096: "regrole",
        4451: "int4multirange", 4532: "nummultirange", 4533: "tsmultirange", 4534: "tstzmultirange", 4535: "datemultirange",
        4536: "int8multirange", 5069: "xid8",
    ]

    private static let elementOfArray: [UInt32: UInt32] = [
        143: 142, 199: 114, 271: 5069, 629: 628, 651: 650, 719: 718, 791: 790, 1000: 16, 1001: 17, 1002: 18, 1003: 19, 1005: 21, 1007: 23,
        1008: 24,
        1009: 25, 1010: 27, 1011: 28, 1012: 29, 1014: 1042, 1015: 1043, 1016: 20, 1017: 600, 1018: 601, 1019: 602, 1020: 603, 1021: 700,
        1022: 701, 1027: 604, 1028: 26,
        1040: 829, 1041: 869, 1115: 1114, 1182: 1082, 1183: 1083, 1185: 1184, 1187: 1186, 1231: 1700, 1270: 1266, 1561: 1560,
        1563: 1562, 2207: 2202, 2210: 2205, 2211: 2206, 2287: 2249, 2951: 2950, 3221: 3220, 3643: 3614, 3645: 3615, 3807: 3802,
        3905: 3904, 3907: 3906, 3909: 3908, 3911: 3910, 3913: 3912, 3927: 3926, 4073: 4072, 4090: 4089, 4097: 4096, 6150: 4451,
        6151: 4532, 6152: 4533, 6153: 4534, 6155: 4535, 6157: 4536,
    ]

    private static let arrayOfElement = [UInt32: UInt32](
        elementOfArray.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })

    private static let boundOfRange: [UInt32: UInt32] = [3904: 23, 3906: 1700, 3908: 1114, 3910: 1184, 3912: 1082, 3926: 20]

    private static let rangeOfMultirange: [UInt32: UInt32] = [
        4451: 3904, 4532: 3906, 4533: 3908, 4534: 3910, 4535: 3912, 4536: 3926,
    ]
}

extension PostgresType: CustomStringConvertible {
    /// e.g. `int4 (OID 23)`
    public var description: String { name.map { "\($0) (OID \(oid))" } ?? "OID \(oid)" }
}
