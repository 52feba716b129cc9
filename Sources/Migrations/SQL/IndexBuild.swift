// CREATE INDEX, taken apart: a failed concurrent build leaves an invalid index, and its name and table find it again.

struct IndexBuild: Equatable {
    var concurrently = false
    var ifNotExists = false
    /// Unquoted.
    var name: String?
    /// As written, so that to_regclass() reads it.
    var table: String
    /// The same as PostgreSQL folds it, to compare with.
    var foldedTable = ""

    init?(_ statement: SQLStatement) {
        var words = statement.tokens.map { (kind: $0.kind, value: statement.value($0), token: $0) }[...]
        func skip(_ word: String) -> Bool {
            guard words.first?.kind == .word, words.first?.value == word else { return false }
            words.removeFirst()
            return true
        }
        guard skip("create") else { return nil }
        _ = skip("unique")
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
            guard words.first?.value == "." else { break }
            words.removeFirst()
            table += "."
            foldedTable += "."
        }
        guard !table.isEmpty else { return nil }
    }
}
