import PQClient

// What a scenario says about exploring it: templates of steps, expectations, bounds, faults, isolation levels.

extension ScenarioParser {
    /// A step that several sessions take with values of their own.
    struct StepTemplate {
        var parameters: [String]
        var sql: String
    }

    /// `template NAME(parameter, …) { SQL with :parameter }`
    mutating func template() throws(ScenarioError) {
        let start = current
        let name = try name("the template's name")
        guard templates[name] == nil else { throw error(start, "template '\(name)' is defined twice") }
        var parameters: [String] = []
        try mark("(")
        repeat { parameters.append(try word("a parameter's name")) } while accept(",")
        try mark(")")
        let token = current
        let sql = try stepText("template '\(name)'")
        for parameter in parameters where Self.filled(sql, [(parameter, "")]) == sql {
            throw error(token, "parameter '\(parameter)' of template '\(name)' does not occur in it: write :\(parameter)")
        }
        templates[name] = StepTemplate(parameters: parameters, sql: sql)
    }

    /// A step's `{ SQL }`, or `= TEMPLATE(value, …)`.
    mutating func stepBody(of step: String) throws(ScenarioError) -> String {
        guard accept("=") else { return try stepText("step '\(step)'") }
        let start = current
        let name = try name("a template")
        guard let template = templates[name] else {
            throw error(start, "there is no template '\(name)' above; there are: \(templates.keys.sorted().joined(separator: ", "))")
        }
        var values: [String] = []
        try mark("(")
        repeat { values.append(try stepValue()) } while accept(",")
        try mark(")")
        guard values.count == template.parameters.count else {
            throw error(start, "template '\(name)' takes \(template.parameters.count) values, found \(values.count)")
        }
        return Self.filled(template.sql, Array(zip(template.parameters, values)))
    }

    /// A number, a string, which becomes a SQL literal, or `session`, its number.
    private mutating func stepValue() throws(ScenarioError) -> String {
        defer { at += 1 }
        switch current.kind {
        case .number(let value): return "\(value)"
        case .string(let text): return PostgresQuery.quoteLiteral(text)
        case .word("session"): return ":session"
        default: throw error(current, "expected a number, a \"string\" or session, found \(current.spelled)")
        }
    }

    private mutating func stepText(_ what: String) throws(ScenarioError) -> String {
        let start = current
        _ = try block(what)
        guard case .block(_, let asWritten) = start.kind else { return "" }
        return asWritten
    }

    /// `:name` replaced by its value; a cast's `::name` is left alone.
    static func filled(_ sql: String, _ values: [(name: String, value: String)]) -> String {
        guard sql.contains(":") else { return sql }
        return sql.replacing(/(:*):([A-Za-z_][A-Za-z0-9_]*)/) { match in
            guard match.output.1.isEmpty, let found = values.first(where: { $0.name == match.output.2 }) else {
                return String(match.output.0)
            }
            return found.value
        }
    }

    /// `expect serial [ignoring COLUMN, …] [allowing empty STEP, …]`, `expect nonblocking` or `expect "40001", …`.
    mutating func expectation() throws(ScenarioError) {
        switch current.kind {
        case .word("serial"):
            at += 1
            scenario.expectation.isSerial = true
            try relaxations()
        case .word("nonblocking"):
            at += 1
            scenario.expectation.isNonblocking = true
        case .string: scenario.expectation.errors.formUnion(try sqlStates())
        default: throw error(current, "expected serial, nonblocking or \"SQLSTATE\", …, found \(current.spelled)")
        }
    }

    private mutating func relaxations() throws(ScenarioError) {
        while true {
            switch current.kind {
            case .word("ignoring"):
                at += 1
                repeat { scenario.expectation.ignoredColumns.insert(try name("a column's name")) } while accept(",")
            case .word("allowing"):
                at += 1
                try keyword("empty")
                repeat {
                    allowedEmpty.append((current, try name("a step")))
                } while accept(",")
            default: return
            }
        }
    }

    /// Steps that may be empty, looked up once all are known; a step of `session … times N` is meant in each copy.
    mutating func resolveAllowedEmpty() throws(ScenarioError) {
        for (token, name) in allowedEmpty {
            var places: [Scenario.StepPlace] = []
            for (number, session) in scenario.sessions.enumerated() {
                let copy = session.template == nil ? "" : String(session.name.dropFirst(session.template!.count))
                for (index, step) in session.steps.enumerated() where step.name == name || step.name == name + copy {
                    places.append(.init(session: number, index: index))
                }
            }
            guard !places.isEmpty else { throw error(token, "there is no step '\(name)'") }
            scenario.expectation.mayBeEmpty.formUnion(places)
        }
    }

    /// `explore [preemptions N] [schedules N] [seconds N]`
    mutating func bounds() throws(ScenarioError) {
        let start = at
        while case .word(let bound) = current.kind, !Self.openings.contains(bound) {
            let token = current
            at += 1
            switch bound {
            case "preemptions": scenario.bounds.preemptions = try positive(bound)
            case "schedules": scenario.bounds.schedules = try positive(bound)
            case "seconds": scenario.bounds.seconds = try positive(bound)
            default: throw error(token, "expected preemptions, schedules or seconds, found \(token.spelled)")
            }
        }
        if at == start { throw error(current, "expected preemptions, schedules or seconds, found \(current.spelled)") }
    }

    /// `fault cancel, "client death", …` or `fault all`
    mutating func faults() throws(ScenarioError) {
        repeat {
            let token = current
            let name = try name("a fault")
            if name == "all" {
                scenario.faults = InjectedFault.allCases
            } else if let fault = InjectedFault(rawValue: name) {
                if !scenario.faults.contains(fault) { scenario.faults.append(fault) }
            } else {
                let known = InjectedFault.allCases.map { $0.rawValue.contains(" ") ? "\"\($0.rawValue)\"" : $0.rawValue }
                throw error(token, "expected all, \(known.dropLast().joined(separator: ", ")) or \(known.last!), found \(token.spelled)")
            }
        } while accept(",")
    }

    /// One level, or several to try.
    mutating func isolations() throws(ScenarioError) -> [String] {
        var levels: [String] = []
        repeat {
            let token = current
            let level = try name("an isolation level").lowercased()
            guard IsolationLevel.distinct.contains(where: { $0.rawValue == level }) else {
                throw error(token, "expected \"read committed\", \"repeatable read\" or \"serializable\", found \(token.spelled)")
            }
            if !levels.contains(level) { levels.append(level) }
        } while accept(",")
        return levels
    }
}
