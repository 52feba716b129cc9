// Rules about statements other than CREATE, ALTER TABLE and DROP, and about what a step does in several of them.

extension Lint {
    mutating func other(_ statement: SQLStatement) {
        var reader = WordReader(statement)
        let words = statement.words(.max)
        switch reader.next() {
        case "truncate":
            _ = reader.skip("table")
            _ = reader.skip("only")
            guard let name = reader.name(), !created.contains(name) else { return }
            find(.deletesAllRows, "TRUNCATE of \(name), which existed before this step", statement)
            if words.last == "cascade" { find(.cascade, "TRUNCATE of \(name) with CASCADE", statement) }
        case "delete":
            _ = reader.skip("from")
            _ = reader.skip("only")
            guard let name = reader.name(), !created.contains(name), !words.contains("where") else { return }
            find(.deletesAllRows, "DELETE without WHERE from \(name)", statement)
        case "update":
            _ = reader.skip("only")
            guard let name = reader.name(), !created.contains(name), !words.contains("where") else { return }
            find(.updatesAllRows, "UPDATE without WHERE of \(name)", statement)
        case "vacuum" where words.prefix(8).contains("full"), "cluster":
            find(.tableRewrite, words[0] == "cluster" ? "CLUSTER" : "VACUUM FULL", statement)
        case "reindex" where !words.contains("concurrently"):
            find(.reindexWithoutConcurrently, "REINDEX", statement)
        case "refresh" where !words.contains("concurrently"):
            guard reader.skip("materialized", "view"), let name = reader.name(), !created.contains(name) else { return }
            find(.refreshWithoutConcurrently, "REFRESH of \(name)", statement)
        case "lock":
            _ = reader.skip("table")
            _ = reader.skip("only")
            guard step.header.lockTimeout == nil, let name = reader.name(), !created.contains(name) else { return }
            find(.missingLockTimeout, "LOCK TABLE \(name), which existed before this step", statement)
        case "grant":
            guard let to = words.lastIndex(of: "to"), words[to...].contains("public") else { return }
            find(.grantToPublic, "GRANT to PUBLIC", statement)
        default: break
        }
    }

    /// Blocks writers of the table until the step commits.
    mutating func createTrigger(_ statement: SQLStatement, _ reader: inout WordReader) {
        while let word = reader.next(), word != "on" {}
        guard let table = reader.name(), !created.contains(table) else { return }
        find(.triggerOnTable, "CREATE TRIGGER on \(table), which existed before this step", statement)
        guard step.header.lockTimeout == nil else { return }
        find(.missingLockTimeout, "CREATE TRIGGER on \(table), which existed before this step", statement)
    }

    /// A partition has that of its parent, and CREATE TABLE … AS gets one by ALTER TABLE.
    mutating func checkPrimaryKeys() {
        var keyed: Set<String> = []
        for statement in statements {
            var reader = WordReader(statement)
            guard reader.skip("alter", "table") else { continue }
            if reader.skip("if") { _ = reader.skip("exists") }
            _ = reader.skip("only")
            let words = statement.words(.max)
            if let name = reader.name(), zip(words, words.dropFirst()).contains(where: { $0 == "primary" && $1 == "key" }) {
                keyed.insert(name)
            }
        }
        for statement in statements {
            var reader = WordReader(statement)
            guard reader.skip("create") else { continue }
            _ = reader.skip("unlogged")
            guard reader.skip("table") else { continue }
            if reader.skip("if") { _ = reader.skip("not", "exists") }
            guard let name = reader.name(), !keyed.contains(name), !reader.skip("partition", "of") else { continue }
            let words = statement.words(.max)
            func has(_ first: String, _ second: String) -> Bool {
                zip(words, words.dropFirst()).contains { $0 == first && $1 == second }
            }
            guard !has("primary", "key"), !words.contains("inherits"), !has("including", "all"), !has("including", "indexes") else {
                continue
            }
            find(.missingPrimaryKey, "table \(name) has no primary key", statement)
        }
    }

    /// Of a type, schema, view, sequence and the like.
    mutating func alterOther(_ statement: SQLStatement, _ reader: inout WordReader) {
        if reader.skip("default", "privileges") {
            let words = statement.words(.max)
            if words.contains("grant"), words.last == "public" { find(.grantToPublic, "default privileges for PUBLIC", statement) }
            return
        }
        guard let kind = reader.next(), kind != "index", step.header.phase != .contract else { return }
        if kind == "materialized" { _ = reader.skip("view") }
        if reader.skip("if") { _ = reader.skip("exists") }
        guard let name = reader.name(), !created.contains(name) else { return }
        reader.skipParentheses()
        if reader.skip("rename") || reader.skip("set", "schema") {
            find(.dropInExpand, "\(kind.uppercased()) \(name) gets another name", statement)
        }
    }

    /// A value that the step adds to an enum type cannot be used before the step is committed.
    mutating func checkEnumValues() {
        guard step.header.transactional else { return }
        var added: Set<String> = []
        for statement in statements {
            let words = statement.words(4)
            if words.first == "alter", words.dropFirst().first == "type",
                let add = zip(statement.tokens, statement.tokens.dropFirst()).first(where: {
                    statement.value($0) == "add" && statement.value($1) == "value"
                })
            {
                guard let value = statement.tokens.first(where: { $0.kind == .string && $0.range.lowerBound > add.1.range.lowerBound })
                else { continue }
                added.insert(statement.source(value))
            } else if let place = statement.tokens.firstIndex(where: { $0.kind == .string && added.contains(statement.source($0)) }) {
                find(
                    .enumValueUsed, "uses \(statement.source(statement.tokens[place])), which this step adds to an enum type", statement,
                    at: place)
            }
        }
    }

    /// VALIDATE beside NOT VALID holds the lock of the first while the second scans.
    mutating func checkValidation() {
        var unchecked: Set<String> = []
        for statement in statements {
            let words = statement.words(.max)
            guard words.first == "alter", words.dropFirst().first == "table" else { continue }
            for (place, pair) in zip(words, words.dropFirst()).enumerated() where pair.1 == "constraint" && place + 2 < words.count {
                let name = words[place + 2]
                if pair.0 == "add", zip(words, words.dropFirst()).contains(where: { $0 == "not" && $1 == "valid" }) {
                    unchecked.insert(name)
                }
                if pair.0 == "validate", unchecked.contains(name) {
                    find(.validateInSameStep, "VALIDATE of \(name), which this step adds", statement, at: place)
                }
            }
        }
    }
}
