/// A parsed CREATE INDEX: a failed concurrent build leaves an invalid index, which its name and table identify.
struct IndexBuild: Equatable {
    var concurrently = false
    var ifNotExists = false
    var isUnique = false
    /// Unquoted.
    var name: String?
    /// As written, for to_regclass().
    var table: String
    /// The same name as PostgreSQL folds it, for comparisons.
    var foldedTable = ""
    /// What follows the table: method, columns, conditions.
    private var definition = ""

    init?(_ statement: SQLStatement) {
        var words = statement.tokens.map { (kind: $0.kind, value: statement.value($0), token: $0) }[...]
        func skip(_ word: String) -> Bool {
            guard words.first?.kind == .word, words.first?.value == word else { return false }
            words.removeFirst()
            return true
        }
        guard skip("create") else { return nil }
        isUnique = skip("unique")
        guard skip("index") else { return nil }
        concurrently = skip("concurrently")
        if skip("if") {
            guard skip("not"), skip("exists") else { return nil }
            ifNotExists = true
        }
        if words.first?.kind == .quotedIdentifier || words.first?.value != "on" { name = words.popFirst()?.value }
        guard skip("on") else { return nil }
        _ = skip("only")
        table = ""
        while let part = words.popFirst() {
            guard part.kind == .word || part.kind == .quotedIdentifier else { return nil }
            table += statement.source(part.token)
            foldedTable += part.value
            definition = String(decoding: Array(statement.text.utf8)[part.token.range.upperBound...], as: UTF8.self)
            guard words.first?.value == "." else { break }
            words.removeFirst()
            table += "."
            foldedTable += "."
        }
        guard !table.isEmpty else { return nil }
    }

    /// Builds the same index on another table.
    func statement(name: String, on other: String) -> String {
        "CREATE \(isUnique ? "UNIQUE " : "")INDEX \(name) ON \(other)\(definition)"
    }
}
