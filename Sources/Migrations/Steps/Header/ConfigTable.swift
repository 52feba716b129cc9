/// Which rows of a table pg_dump dumps when the steps are installed as an extension.
public struct ConfigTable: Sendable, Equatable {
    public var table: String
    /// Nil: the table contains seed data only. Otherwise a WHERE clause, or "" for all rows.
    public var condition: String?
}
