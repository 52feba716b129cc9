import PQClient

extension PostgresRow {
    /// Reads a text column that names a case. An unknown name is an error: the database has another release.
    func choice<T: RawRepresentable<String>>(_ column: String, as type: T.Type = T.self) throws(PostgresError) -> T {
        let text: String = try get(column)
        guard let value = T(rawValue: text) else {
            throw PostgresError(
                .decoding, "column \(column) is '\(text)', which is not a \(type)",
                hint: "the database has another release than this program; compare SELECT domainflow.version()")
        }
        return value
    }
}
