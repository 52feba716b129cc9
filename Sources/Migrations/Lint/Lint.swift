/// Finds steps that would block other sessions for long, destroy what cannot be brought back, or grant access that should stay closed.
/// Works on the text alone, without a database.
public struct Lint {
    let step: Step
    let statements: [SQLStatement]
    private var findings: [LintFinding] = []
    /// Objects that this step creates; no other session can be waiting for them.
    private(set) var created: Set<String> = []

    /// Of the unreleased steps, or those from number `since` on. `all` includes released steps, which can no longer be changed.
    public static func findings(
        in set: StepSet, all: Bool = false, since: Int? = nil, without rules: Set<LintRule> = []
    ) throws(MigrationError) -> [LintFinding] {
        var findings: [LintFinding] = []
        for step in set.steps + set.repeatable where (all || since != nil || set.lock[step.id] == nil) && step.number >= since ?? 0 {
            var lint = Lint(step: step, statements: try step.statements())
            lint.run()
            findings += lint.findings.filter { !rules.contains($0.rule) }
        }
        return findings
    }

    private init(step: Step, statements: [SQLStatement]) {
        self.step = step
        self.statements = statements
    }

    mutating func find(_ rule: LintRule, _ message: String, _ statement: SQLStatement, at token: Int = 0) {
        guard !step.header.allow.contains(rule.rawValue) else { return }
        let origin = step.expanded.origin(
            of: statement.tokens.indices.contains(token) ? statement.line(of: statement.tokens[token]) : statement.line)
        findings.append(
            LintFinding(rule: rule, severity: rule.severity, step: step.id, file: origin.file, line: origin.line, message: message))
    }

    private mutating func run() {
        for statement in statements {
            var reader = WordReader(statement)
            switch reader.next() {
            case "create": create(statement, &reader)
            case "alter": if reader.skip("table") { alterTable(statement, &reader) } else { alterOther(statement, &reader) }
            case "drop": drop(statement, &reader)
            default: other(statement)
            }
        }
        checkEnumValues()
        checkValidation()
        checkRoutines()
        checkPrimaryKeys()
    }

    private mutating func create(_ statement: SQLStatement, _ reader: inout WordReader) {
        if reader.skip("or") { _ = reader.skip("replace") }
        if let index = IndexBuild(statement) {
            if !index.concurrently, !created.contains(index.foldedTable) {
                find(.indexWithoutConcurrently, "CREATE INDEX on \(index.table), which existed before this step", statement)
            }
            return
        }
        if reader.skip("trigger") || reader.skip("constraint", "trigger") { return createTrigger(statement, &reader) }
        while reader.skip("unlogged") || reader.skip("materialized") || reader.skip("recursive") || reader.skip("foreign") {}
        // Temporary objects have a schema of their own.
        guard !["temp", "temporary", "global", "local"].contains(reader.peek()), let kind = reader.next(),
            ["table", "view", "function", "procedure", "type", "domain", "sequence", "aggregate"].contains(kind)
        else { return }
        if reader.skip("if") { _ = reader.skip("not", "exists") }
        let place = reader.position
        guard let name = reader.name() else { return }
        created.insert(name)
        if !name.contains(".") { find(.unqualifiedCreate, "CREATE \(kind.uppercased()) \(name) without a schema", statement, at: place) }
    }

    private mutating func drop(_ statement: SQLStatement, _ reader: inout WordReader) {
        if reader.skip("index") {
            guard !reader.skip("concurrently") else { return }
            if reader.skip("if") { _ = reader.skip("exists") }
            find(.dropIndexWithoutConcurrently, "DROP INDEX \(reader.name() ?? "")", statement)
            return
        }
        guard
            reader.skip("table") || reader.skip("view") || reader.skip("materialized", "view") || reader.skip("schema")
                || reader.skip("sequence") || reader.skip("type") || reader.skip("domain") || reader.skip("foreign", "table")
                || reader.skip("extension") || reader.skip("trigger")
        else { return }
        if reader.skip("if") { _ = reader.skip("exists") }
        guard let name = reader.name(), !created.contains(name) else { return }
        if statement.words(.max).last == "cascade" { find(.cascade, "DROP of \(name) with CASCADE", statement) }
        guard step.header.phase != .contract else { return }
        find(.dropInExpand, "DROP of \(name)", statement)
    }

    private mutating func alterTable(_ statement: SQLStatement, _ reader: inout WordReader) {
        if reader.skip("if") { _ = reader.skip("exists") }
        _ = reader.skip("only")
        guard let table = reader.name(), !created.contains(table) else { return }
        if step.header.lockTimeout == nil { find(.missingLockTimeout, "ALTER TABLE \(table), which existed before this step", statement) }
        for action in reader.actions() { alter(table, action, statement) }
    }

    private static let volatile: Set = [
        "random", "clock_timestamp", "gen_random_uuid", "uuid_generate_v1", "uuid_generate_v4", "uuidv4", "uuidv7", "nextval", "timeofday",
    ]

    private mutating func alter(_ table: String, _ action: WordReader.Action, _ statement: SQLStatement) {
        let words = action.words
        func has(_ first: String, _ second: String) -> Bool {
            zip(words, words.dropFirst()).contains { $0 == first && $1 == second }
        }
        let isConstraint =
            words.first == "add" && ["constraint", "foreign", "check", "unique", "primary", "exclude"].contains(words.dropFirst().first)
        switch words.first {
        case "add" where isConstraint:
            guard !has("not", "valid"), !has("using", "index") else { return }
            find(.constraintWithoutNotValid, "ADD CONSTRAINT on \(table) checks all rows at once", statement, at: action.position)
        case "add":
            if has("not", "null"), !words.contains("default"), !words.contains("generated") {
                find(.notNullWithoutDefault, "new column of \(table) is NOT NULL without a DEFAULT", statement, at: action.position)
            }
            if words.contains("generated"), words.contains("stored") {
                find(.tableRewrite, "new column of \(table) is computed for every row", statement, at: action.position)
            }
            if ["references", "unique", "primary", "check"].contains(where: words.dropFirst(2).contains) {
                find(.constraintWithoutNotValid, "new column of \(table) with a constraint", statement, at: action.position)
            }
            let makes = words.contains("default") && !Self.volatile.isDisjoint(with: words.drop { $0 != "default" })
            let isSerial = !["serial", "bigserial", "smallserial"].allSatisfy { !words.contains($0) } || has("as", "identity")
            if makes || isSerial {
                find(.volatileDefault, "new column of \(table) has a different value in each row", statement, at: action.position)
            }
        case "alter" where words.contains("type"):
            find(.columnTypeChange, "changes the type of a column of \(table)", statement, at: action.position)
        case "alter" where has("set", "not"):
            find(.setNotNull, "SET NOT NULL on \(table)", statement, at: action.position)
        case "drop" where words.dropFirst().first != "constraint" && step.header.phase != .contract && !has("drop", "not"):
            find(.dropInExpand, "DROP COLUMN of \(table)", statement, at: action.position)
        case "drop" where words.dropFirst().first == "constraint" && words.last == "cascade":
            find(.cascade, "DROP CONSTRAINT of \(table) with CASCADE", statement, at: action.position)
        case "set" where ["tablespace", "logged", "unlogged"].contains(words.dropFirst().first) || has("access", "method"):
            find(.tableRewrite, "\(words.prefix(2).joined(separator: " ").uppercased()) of \(table)", statement, at: action.position)
        case "disable" where ["trigger", "rule"].contains(words.dropFirst().first) || has("row", "level"):
            find(.guardDisabled, "\(words.prefix(3).joined(separator: " ").uppercased()) on \(table)", statement, at: action.position)
        case "detach" where !["concurrently", "finalize"].contains(words.last):
            find(.detachWithoutConcurrently, "DETACH PARTITION of \(table)", statement, at: action.position)
        case "rename" where step.header.phase != .contract:
            find(.dropInExpand, "RENAME of \(table), or of a column or constraint of it", statement, at: action.position)
        default: break
        }
    }

    private mutating func checkRoutines() {
        var revoked: Set<String> = []
        var granted: [String: Int] = [:]
        for (place, statement) in statements.enumerated() {
            let words = statement.tokens.map(statement.value)
            if words.first == "revoke", words.contains("public") { revoked.formUnion(Self.routines(of: statement)) }
            if words.first == "grant" { for name in Self.routines(of: statement) { granted[name] = place } }
        }
        var dropped: [String: SQLStatement] = [:]
        for (place, statement) in statements.enumerated() {
            var reader = WordReader(statement)
            let verb = reader.next()
            if reader.skip("or") { _ = reader.skip("replace") }
            guard verb == "create" || verb == "drop", reader.skip("function") || reader.skip("procedure") || reader.skip("routine") else {
                continue
            }
            if reader.skip("if") { _ = reader.skip("exists") }
            guard let name = reader.name() else { continue }
            if verb == "drop" {
                dropped[name] = statement
                continue
            }
            if let drop = dropped[name], granted[name].map({ $0 < place }) ?? true {
                find(.dropCreateFunction, "\(name) is dropped and created again", drop)
            }
            if !revoked.contains(name) { find(.publicExecute, "\(name) remains executable by PUBLIC", statement) }
            let words = statement.tokens.filter { $0.kind == .word }.map(statement.value)
            let isDefiner = zip(words, words.dropFirst()).contains { $0 == "security" && $1 == "definer" }
            if isDefiner, !zip(words, words.dropFirst()).contains(where: { $0 == "set" && $1 == "search_path" }) {
                find(.definerWithoutSearchPath, "\(name) is SECURITY DEFINER without a search_path of its own", statement)
            }
        }
    }

    /// Names after ON FUNCTION in GRANT and REVOKE.
    private static func routines(of statement: SQLStatement) -> [String] {
        var reader = WordReader(statement)
        while let word = reader.next() {
            guard word == "on" else { continue }
            guard reader.skip("function") || reader.skip("procedure") || reader.skip("routine") else { return [] }
            var names: [String] = []
            while let name = reader.name() {
                names.append(name)
                reader.skipParentheses()
                guard reader.skip(",") else { break }
            }
            return names
        }
        return []
    }
}
