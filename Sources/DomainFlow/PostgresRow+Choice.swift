import PQClient

extension PostgresRow {
    /// A text column that names a case. A name that the enum does not have is an error: the database is of another release.
    func choice<T: RawRepresentable<String>>(_ column: String, as type: T.Type = T.self) throws(PostgresError) -> T {
        let text: String = try get(column)
        guard let value = T(rawValue: text) else {
            throw PostgresError(
                .decoding, "column \(column) is '\(text)', which is no \(type)",
                hint: "the database is of another release than this program: SELECT domainflow.version()")
        }
        return value
    }
}
