// Scenario files: setup and teardown as isolationtester writes them, then what the hammer needs.
//
//   connections 16   rows 32   isolation "serializable"[, …]
//   setup { SQL }   teardown { SQL }   settle { SQL for when the clients are done and the history is loaded }
//   operation NAME [weight N] [clients N] [let x = random(1, rows)] [take|peek [N] LIST] [into LIST] [capture LIST]
//                  [expect "SQLSTATE", …] { SQL }
//   invariant NAME { SELECT rows that must not exist }
//   check serializable | "repeatable read" | "read committed" | versions | linearizable, …
//                  of the rows operations answer with race_key, race_read (a version, or null) and race_write
//   tally NAME { SELECT … AS acknowledged, … AS present }
//   threshold "p(95)<500"   threshold "NAME:p(99)<50"      for `domainflow load`, in milliseconds
//   mutant NAME in schema.function replace 'text' with 'text' [replace …] [in …]
//   mutant NAME { SQL }
//   harmless NAME … as a mutant: a change that must not be noticed
//
// and what it needs to try orders of steps, in isolationtester's own grammar:
//
//   session NAME [times N] [setup { SQL }] step NAME { SQL } … [teardown { SQL }]      `:session` is the session's number
//   template NAME(parameter, …) { SQL with :parameter }      a session then has: step NAME = TEMPLATE(value, …)
//   permutation STEP [(* | OTHER | OTHER notices N, …)] …
//   reset { SQL that brings the setup's state back }   observe { SELECT the state to compare }
//   expect serial [ignoring COLUMN, …] [allowing empty STEP, …]   expect nonblocking   expect "SQLSTATE", …
//   explore [preemptions N] [schedules N] [seconds N]   fault cancel, "client death", … | all

extension Scenario {
    /// - Parameter file: how messages name the text.
    public init(name: String, file: String, text: String) throws(ScenarioError) {
        var parser = ScenarioParser(file: file, tokens: try ScenarioLexer.tokens(file: file, text: text), scenario: Scenario(name: name))
        parser.scenario.summary = Self.summary(of: text)
        try parser.run()
        self = parser.scenario
    }

    init(name: String) { self.name = name }

    private static func summary(of text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("#") }
            .map { $0.drop { $0 == "#" || $0 == " " } }.joined(separator: " ")
    }
}

struct ScenarioParser {
    let file: String
    let tokens: [ScenarioToken]
    var scenario: Scenario
    var at = 0
    /// Permutations name steps that may come later in the file.
    private var orders: [[NamedTurn]] = []
    var templates: [String: StepTemplate] = [:]
    var allowedEmpty: [(ScenarioToken, String)] = []
    private static let builtins: Set<String> = ["client", "worker", "sequence", "rows", "connections"]

    init(file: String, tokens: [ScenarioToken], scenario: Scenario) {
        self.file = file
        self.tokens = tokens
        self.scenario = scenario
    }

    mutating func run() throws(ScenarioError) {
        while current.kind != .end {
            let token = current
            switch try word("a keyword") {
            case "connections": scenario.connections = try positive("connections")
            case "rows": scenario.rows = try positive("rows")
            case "isolation": scenario.isolations = try isolations()
            case "setup": scenario.setups.append(try block("setup").text)
            case "settle": scenario.settles.append(try block("settle").text)
            case "teardown": scenario.teardowns.append(try block("teardown").text)
            case "operation": scenario.operations.append(try operation())
            case "invariant": scenario.invariants.append(try check("invariant"))
            case "check": try historyChecks()
            case "tally": scenario.tallies.append(try check("tally"))
            case "mutant": scenario.mutants.append(try mutant("mutant"))
            case "harmless": scenario.harmless.append(try mutant("harmless change"))
            case "session": scenario.sessions += try session()
            case "reset": scenario.resets.append(try block("reset").text)
            case "observe": scenario.observations.append(try block("observe").text)
            case "expect": try expectation()
            case "template": try template()
            case "explore": try bounds()
            case "fault": try faults()
            case "threshold": scenario.thresholds.append(try threshold())
            case "permutation": orders.append(try permutation())
            default:
                let known = Self.openings + ["check"]
                throw error(token, "expected \(known.dropLast().joined(separator: ", ")) or \(known.last!), found \(token.spelled)")
            }
        }
        scenario.permutations = try resolve(orders)
        try resolveAllowedEmpty()
        try validate()
    }

    private func validate() throws(ScenarioError) {
        func refuse(_ message: String) -> ScenarioError { error(current, message) }
        if scenario.sessions.isEmpty {
            guard !scenario.operations.isEmpty else { throw refuse("a scenario needs at least one operation or session") }
            guard !scenario.invariants.isEmpty || !scenario.checks.isEmpty else {
                throw refuse("a scenario needs at least one invariant or check")
            }
        }
        for names in [
            scenario.sessions.map(\.name), scenario.sessions.flatMap(\.steps).map(\.name), scenario.operations.map(\.name),
            scenario.invariants.map(\.name), scenario.tallies.map(\.name), scenario.changes.map(\.name), scenario.checks.map(\.name),
        ] {
            var seen: Set<String> = []
            for name in names where !seen.insert(name).inserted { throw refuse("'\(name)' is defined twice") }
        }
        for threshold in scenario.thresholds {
            if let problem = threshold.problem(among: scenario.operations.map(\.name)) { throw refuse(problem) }
        }
        let filled = Set(scenario.operations.flatMap { [$0.capture, $0.into].compactMap(\.self) })
        for operation in scenario.operations {
            guard let list = operation.input?.list, !filled.contains(list) else { continue }
            throw refuse("operation '\(operation.name)' needs rows of '\(list)', but nothing captures any")
        }
    }

    // MARK: parts of the file

    private mutating func operation() throws(ScenarioError) -> Scenario.Operation {
        var operation = Scenario.Operation(name: try name("the operation's name"), template: SQLTemplate())
        var scope = SQLTemplate.Scope(names: Self.builtins)
        while true {
            let token = current
            guard case .word(let clause) = token.kind else { break }
            at += 1
            switch clause {
            case "weight": operation.weight = try positive("weight")
            case "clients": operation.clients = try positive("clients")
            case "let":
                let binding = try binding(scope)
                guard scope.names.insert(binding.name).inserted else { throw error(token, "'\(binding.name)' is already defined") }
                operation.bindings.append(binding)
            case "take", "peek":
                guard operation.input == nil else { throw error(token, "an operation uses one list") }
                let limit: Int? = if case .number = current.kind { try positive(clause) } else { nil }
                operation.input = .init(list: try name("the list's name"), limit: limit, takes: clause == "take")
                scope.lists = [operation.input!.list]
            case "into": operation.into = try name("the list's name")
            case "capture": operation.capture = try name("the list's name")
            case "expect": operation.expected.formUnion(try sqlStates())
            default:
                throw error(
                    token, "expected weight, clients, let, take, peek, into, capture, expect or the { block }, found \(token.spelled)")
            }
        }
        if operation.into != nil, operation.input == nil {
            throw error(current, "'into' keeps rows that 'take' or 'peek' chose; there is neither")
        }
        let start = current
        let body = try block("operation '\(operation.name)'")
        do throws(SQLTemplate.Problem) {
            operation.template = try SQLTemplate(body.text, scope: scope)
        } catch {
            let column = error.line == 1 ? body.token.textColumn + error.column - 1 : error.column
            throw ScenarioError(file: file, line: body.token.textLine + error.line - 1, column: column, message: error.message)
        }
        guard !operation.template.statements.isEmpty else { throw error(start, "operation '\(operation.name)' does nothing") }
        return operation
    }

    /// `x = 5`, `x = rows` or `x = random(1, rows)`.
    private mutating func binding(_ scope: SQLTemplate.Scope) throws(ScenarioError) -> (name: String, value: Expression) {
        let name = try word("a variable's name")
        try mark("=")
        return (name, try expression(scope))
    }

    private mutating func expression(_ scope: SQLTemplate.Scope) throws(ScenarioError) -> Expression {
        let token = current
        at += 1
        switch token.kind {
        case .number(let value): return .number(value)
        case .word("random"):
            try mark("(")
            let low = try expression(scope)
            try mark(",")
            let high = try expression(scope)
            try mark(")")
            return .random(low, high)
        case .word(let name) where scope.names.contains(name): return .name(name)
        default:
            throw error(
                token,
                "expected a number, random(low, high) or one of \(scope.names.sorted().joined(separator: ", ")), found \(token.spelled)")
        }
    }

    mutating func sqlStates() throws(ScenarioError) -> Set<String> {
        var states: Set<String> = []
        repeat {
            let token = current
            guard case .string(let state) = token.kind, state.utf8.count == 5 else {
                throw error(token, "expected a five-character \"SQLSTATE\", found \(token.spelled)")
            }
            at += 1
            states.insert(state)
        } while accept(",")
        return states
    }

    private mutating func check(_ what: String) throws(ScenarioError) -> Scenario.Check {
        let name = try name("the \(what)'s name")
        return .init(name: name, sql: try block("\(what) '\(name)'").text)
    }

    private mutating func historyChecks() throws(ScenarioError) {
        repeat {
            let token = current
            let name = try name("a check")
            guard let check = HistoryCheck.all.first(where: { $0.name == name }) else {
                let known = HistoryCheck.all.map { $0.name.contains(" ") ? "\"\($0.name)\"" : $0.name }
                throw error(token, "expected one of \(known.joined(separator: ", ")), found \(token.spelled)")
            }
            scenario.checks.append(check)
        } while accept(",")
    }

    private mutating func threshold() throws(ScenarioError) -> LoadThreshold {
        let token = current
        let text = try string("a threshold")
        do throws(LoadThreshold.Problem) {
            return try LoadThreshold(text)
        } catch {
            throw ScenarioError(file: file, line: token.line, column: token.column + error.column, message: error.message)
        }
    }

    private mutating func mutant(_ what: String) throws(ScenarioError) -> Scenario.Mutant {
        let name = try name("the \(what)'s name")
        if case .block(let script, _) = current.kind {
            at += 1
            return .init(name: name, change: .script(script))
        }
        var replacements: [Scenario.Mutant.Replacement] = []
        repeat {
            try keyword("in")
            var function = try word("the function's name")
            while accept(".") { function += "." + (try word("the function's name")) }
            repeat {
                try keyword("replace")
                let token = current
                let text = try string("the text to replace")
                try keyword("with")
                let replacement = try string("the text to put there")
                guard !text.isEmpty, text != replacement else { throw error(token, "this replacement changes nothing") }
                replacements.append(.init(function: function, text: text, with: replacement))
            } while current.kind == .word("replace")
        } while current.kind == .word("in")
        return .init(name: name, change: .replace(replacements))
    }

    // MARK: tokens

    var current: ScenarioToken { tokens[at] }

    func error(_ token: ScenarioToken, _ message: String) -> ScenarioError {
        ScenarioError(file: file, line: token.line, column: token.column, message: message)
    }

    mutating func accept(_ mark: Character) -> Bool {
        guard current.kind == .mark(mark) else { return false }
        at += 1
        return true
    }

    mutating func mark(_ mark: Character) throws(ScenarioError) {
        guard accept(mark) else { throw error(current, "expected '\(mark)', found \(current.spelled)") }
    }

    mutating func keyword(_ word: String) throws(ScenarioError) {
        guard current.kind == .word(word) else { throw error(current, "expected '\(word)', found \(current.spelled)") }
        at += 1
    }

    mutating func word(_ what: String) throws(ScenarioError) -> String {
        guard case .word(let word) = current.kind else { throw error(current, "expected \(what), found \(current.spelled)") }
        at += 1
        return word
    }

    private mutating func string(_ what: String) throws(ScenarioError) -> String {
        guard case .string(let text) = current.kind else { throw error(current, "expected \(what) in quotes, found \(current.spelled)") }
        at += 1
        return text
    }

    /// Names may be quoted or bare, as isolationtester has it since PostgreSQL 14.
    mutating func name(_ what: String) throws(ScenarioError) -> String {
        if case .string(let text) = current.kind {
            at += 1
            return text
        }
        return try word(what)
    }

    mutating func positive(_ what: String) throws(ScenarioError) -> Int {
        guard case .number(let value) = current.kind, value > 0 else {
            throw error(current, "'\(what)' needs a number above 0, found \(current.spelled)")
        }
        at += 1
        return value
    }

    mutating func block(_ what: String) throws(ScenarioError) -> (text: String, token: ScenarioToken) {
        guard case .block(let text, _) = current.kind else { throw error(current, "\(what) needs a { block }, found \(current.spelled)") }
        defer { at += 1 }
        return (text, current)
    }
}
