/// A parsed DROP INDEX CONCURRENTLY of one index. Whether it took effect shows in the catalog.
struct IndexDrop: Equatable {
    /// As written, for to_regclass().
    var index: String

    init?(_ statement: SQLStatement) {
        var reader = WordReader(statement)
        guard reader.skip("drop", "index", "concurrently") else { return nil }
        if reader.skip("if") { _ = reader.skip("exists") }
        let first = reader.position
        guard reader.name() != nil, !reader.skip(",") else { return nil }
        index = statement.tokens[first..<reader.position].map(statement.source).joined()
    }
}
