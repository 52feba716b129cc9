import PQClient

/// SQL for values of a type, so that a first scenario has rows and arguments that fit each other.
enum SampleValue {
    /// The value number `n`, the same for the same number, so that an argument or a foreign key meets its row; nil for types with no rule.
    static func numbered(_ type: CatalogType, _ n: String, asText: String? = nil) -> String? {
        switch (type.category, type.base) {
        case ("N", "money"),
            ("N", _) where type.base.hasPrefix("reg") || type.base == "oid":
            nil
        case ("N", _): n
        case ("S", _): "'row-' || \(asText ?? n)"
        case (_, "uuid"): "md5(\(asText ?? "(\(n))::text"))::uuid"
        case ("D", "date"): "date '2030-01-01' + \(n)"
        case ("D", "timestamp"), ("D", "timestamptz"): "\(type.base) '2030-01-01' + \(n) * interval '1 minute'"
        default: nil
        }
    }

    /// A value that no row has; nil for types without a rule.
    ///
    /// - Parameter variant: the number of another value, of a type that has several.
    static func any(_ type: CatalogType, variant: Int = 0) -> String? {
        switch (type.category, type.base) {
        case ("N", _): ["100", "0", "1"][variant % 3]
        case ("B", _): ["false", "true"][variant % 2]
        case ("S", _): "'text'"
        case ("E", _): type.labels.isEmpty ? nil : PostgresQuery.quoteLiteral(type.labels[variant % type.labels.count])
        case ("A", _): "'{}'"
        case ("T", _): "interval '1 minute'"
        case ("D", "date"): "current_date"
        case ("D", "time"), ("D", "timetz"): "localtime"
        case ("D", _): ["now()", "now() - interval '1 day'", "now() + interval '1 day'"][variant % 3]
        case (_, "json"), (_, "jsonb"): "'{}'"
        case (_, "uuid"): "md5('1')::uuid"
        case (_, "bytea"): "'\\x00'"
        default: nil
        }
    }

    /// Types whose values differ from run to run, in every order of the sessions.
    static func isFickle(_ type: CatalogType) -> Bool {
        ["timestamp", "timestamptz", "time", "timetz", "xid", "xid8", "pg_lsn", "tid", "txid_snapshot", "pg_snapshot"].contains(type.base)
    }
}
