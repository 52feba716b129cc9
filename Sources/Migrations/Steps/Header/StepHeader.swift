/// The settings of a step, from its lines that begin with `--!`.
public struct StepHeader: Sendable, Equatable {
    public var transactional = true
    public var lockTimeout: String?
    public var statementTimeout: String?
    public var phase: StepPhase?
    public var verify: [VerifyStatement] = []
    public var config: [ConfigTable] = []
    /// Lint rules to which the author justified an exception.
    public var allow: Set<String> = []

    public struct VerifyStatement: Sendable, Equatable {
        public var sql: String
        public var file: String
        public var line: Int

        func refuseOpenPlaceholders() throws(MigrationError) {
            guard let name = Placeholder.names(in: sql).first else { return }
            throw MigrationError(
                .badInput, "placeholder \"\(name)\" in a verify statement has no value", file: file, line: line,
                hint: "give it one: --set \(name)=…")
        }
    }
}

extension StepHeader {
    mutating func apply(name: String, value: String, file: String, line: Int) throws(MigrationError) {
        func fail(_ message: String, _ hint: String) -> MigrationError {
            MigrationError(.badInput, message, file: file, line: line, hint: hint)
        }
        switch name {
        case "transaction":
            guard value == "no" || value == "yes" else {
                throw fail("transaction: \"\(value)\" is neither yes nor no", "write --! transaction: no")
            }
            transactional = value == "yes"
        case "lock-timeout", "statement-timeout":
            guard let duration = Self.duration(value) else {
                throw fail(
                    "\(name): \"\(value)\" is not a duration",
                    "write a number with us, ms, s, min or h, e.g. --! \(name): 2s; 0 means no limit")
            }
            let previous = name == "lock-timeout" ? lockTimeout : statementTimeout
            guard previous == nil else { throw fail("\(name) is given twice", "keep one of them") }
            if name == "lock-timeout" { lockTimeout = duration } else { statementTimeout = duration }
        case "phase":
            guard let phase = StepPhase(rawValue: value) else {
                throw fail("phase: \"\(value)\" is neither expand nor contract", "write --! phase: expand")
            }
            self.phase = phase
        case "verify":
            var sql = value[...]
            while sql.last == ";" { sql = sql.dropLast().trimmed }
            guard sql.lowercased().hasPrefix("select ") || sql.lowercased().hasPrefix("with ") else {
                throw fail(
                    "verify: \"\(value)\" is not a SELECT",
                    "write one SELECT that returns true, e.g. --! verify: SELECT count(*) = 3 FROM a.b")
            }
            verify.append(.init(sql: String(sql), file: file, line: line))
        case "config":
            let (table, rest) = value[...].splitAtFirstSpace
            let condition: String? = rest.lowercased() == "none" ? nil : String(rest)
            guard table.contains("."), condition.map({ $0.isEmpty || $0.lowercased().hasPrefix("where ") }) ?? true else {
                throw fail(
                    "config: \"\(value)\" is not a table with a condition",
                    "write --! config: schema.table none, or --! config: schema.table WHERE NOT builtin")
            }
            config.append(ConfigTable(table: String(table), condition: condition))
        default:
            let (rule, reason) = value[...].splitAtFirstSpace
            guard LintRule(rawValue: String(rule)) != nil, !reason.isEmpty else {
                throw fail(
                    "allow: \"\(value)\" does not name a lint rule and a reason",
                    "write --! allow: \(LintRule.allCases[0].rawValue) <why it is safe here>; the rules are "
                        + LintRule.allCases.map(\.rawValue).joined(separator: ", "))
            }
            allow.insert(String(rule))
        }
    }

    /// "2s" → "2s" as PostgreSQL reads it; a bare number other than 0 is refused, since its unit would have to be guessed.
    static func duration(_ text: String) -> String? {
        if text == "0" { return text }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text[digits.endIndex...].trimmed
        guard !digits.isEmpty, digits.count < 10, ["us", "ms", "s", "min", "h"].contains(String(unit)) else { return nil }
        return digits + String(unit)
    }

    /// Milliseconds of a value that `duration` accepted.
    static func milliseconds(_ duration: String) -> Double {
        let digits = duration.prefix { $0.isNumber }
        let scale: Double =
            switch duration[digits.endIndex...] {
            case "us": 0.001
            case "s": 1000
            case "min": 60_000
            case "h": 3_600_000
            default: 1
            }
        return (Double(digits) ?? 0) * scale
    }
}

extension Substring {
    var trimmed: Substring {
        var slice = self
        while let first = slice.first, first.isWhitespace { slice.removeFirst() }
        while let last = slice.last, last.isWhitespace { slice.removeLast() }
        return slice
    }

    var splitAtFirstSpace: (Substring, Substring) {
        guard let space = firstIndex(where: \.isWhitespace) else { return (self, "") }
        return (self[..<space], self[space...].trimmed)
    }
}
