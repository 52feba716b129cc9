import Foundation

// Writes a finding as a file that isolationtester, `race spec` or people with psql windows can follow on a server without the gate module.
//
// Where a session has to stop inside a function, a copy of the function takes its place that calls race_gate() before that line. The call
// waits for an advisory lock, which one more session holds and releases at the right moment.

extension RaceFinding {
    private struct Gate {
        var session: Int
        var statement: GateListener.Statement
        /// How many times the session has come to this statement, this time included.
        var visit: Int
    }

    private struct Turn {
        var session: String
        var step: String
        var sql: String
    }

    /// One permutation in isolationtester's grammar. Its last step shows the violation.
    public func spec(of scenario: Scenario) -> String {
        let (turns, gates) = turns(of: scenario)
        var text = "# \(scenario.name): \(violation.summary)\n\n"
        for script in scenario.setups { text += "setup {\(block(script))}\n" }
        if !gates.isEmpty { text += "setup {\(block(instrumentation(gates, scenario)))}\n" }
        for script in scenario.resets { text += "setup {\(block(script))}\n" }
        text += "teardown {\(block(scenario.teardowns.isEmpty ? Self.dropAll : scenario.teardowns.joined(separator: "\n")))}\n"
        let names = scenario.sessions.map(\.name) + ["control"]
        for name in names {
            let steps = turns.filter { $0.session == name }
            guard !steps.isEmpty else { continue }
            text += "\nsession \"\(name)\"\n"
            var setup = gates.isEmpty ? "" : "SET race.session = '\(name)';"
            if let own = scenario.sessions.first(where: { $0.name == name })?.setup { setup += own }
            if let level = scenario.isolation, name != "control" { setup += "SET default_transaction_isolation = '\(level)';" }
            if !setup.isEmpty { text += "setup { \(setup) }\n" }
            for step in steps { text += "step \"\(step.step)\" {\(block(step.sql))}\n" }
            if name == "control", !gates.isEmpty { text += "teardown { SELECT pg_advisory_unlock_all(); }\n" }
        }
        return text + "\npermutation " + turns.map { "\"\($0.step)\"" }.joined(separator: " ") + "\n"
    }

    /// The same as a script for people with a psql window for each session.
    public func script(of scenario: Scenario) -> String {
        let (turns, gates) = turns(of: scenario)
        var text = "-- \(scenario.name): \(violation.summary)\n-- First, in any window:\n"
        for script in scenario.setups { text += script + ";\n" }
        if !gates.isEmpty { text += instrumentation(gates, scenario) + "\n" }
        for script in scenario.resets { text += script + ";\n" }
        for name in Set(turns.map(\.session)).sorted() where !gates.isEmpty {
            text += "\n-- Window \(name), once:\nSET race.session = '\(name)';\n"
        }
        text += "\n-- Then line by line; a window that does not answer is waiting: go on in the next.\n"
        for turn in turns { text += "\n-- Window \(turn.session):\n\(turn.sql)\n" }
        return text
    }

    private func turns(of scenario: Scenario) -> (turns: [Turn], gates: [Gate]) {
        var visits: [[GateListener.Statement: Int]] = scenario.sessions.map { _ in [:] }
        var gates: [Gate] = []
        var turns: [Turn] = []
        for (index, move) in moves.enumerated() {
            let step = scenario.sessions[move.session].steps[move.step]
            if let statement = move.statement {
                visits[move.session][statement, default: 0] += 1
                // No other session came in between, so this one did not have to stop.
                if index > 0, moves[index - 1].session != move.session {
                    gates.append(Gate(session: move.session, statement: statement, visit: visits[move.session][statement]!))
                    let unlock = " SELECT pg_advisory_unlock(\(Self.key(gates.count))); "
                    turns.append(Turn(session: "control", step: "go \(gates.count)", sql: unlock))
                }
            } else {
                turns.append(Turn(session: scenario.sessions[move.session].name, step: step.name, sql: step.sql))
            }
        }
        if !gates.isEmpty {
            let locks = gates.indices.map { "pg_advisory_lock(\(Self.key($0 + 1)))" }.joined(separator: ", ")
            turns.insert(Turn(session: "control", step: "hold", sql: " SELECT \(locks); "), at: 0)
        }
        let shown: [String] =
            if case .invariant(let name) = violation {
                scenario.invariants.filter { $0.name == name }.map(\.sql)
            } else {
                scenario.observations
            }
        for (number, sql) in shown.enumerated() {
            turns.append(Turn(session: "control", step: number == 0 ? "look" : "look \(number + 1)", sql: " \(sql); "))
        }
        return (turns, gates)
    }

    /// The key of a gate's advisory lock, from a range that no application is likely to use.
    private static func key(_ gate: Int) -> String { "\(727_000_100 + gate)" }

    private func instrumentation(_ gates: [Gate], _ scenario: Scenario) -> String {
        var text = """
            CREATE TABLE public.race_gate (session text, place text, visit int, key bigint);
            CREATE FUNCTION public.race_gate(p_place text) RETURNS void LANGUAGE plpgsql AS $race$
            DECLARE
                v_name text := 'race.visits_' || md5(p_place);
                v_visit int := COALESCE(NULLIF(current_setting(v_name, true), ''), '0')::int + 1;
                v_key bigint;
            BEGIN
                PERFORM set_config(v_name, v_visit::text, false);
                SELECT g.key INTO v_key FROM public.race_gate AS g
                 WHERE g.session = current_setting('race.session', true) AND g.place = p_place AND g.visit = v_visit;
                IF FOUND THEN
                    PERFORM pg_advisory_lock(v_key);
                    PERFORM pg_advisory_unlock(v_key);
                END IF;
            END $race$;

            """
        for (number, gate) in gates.enumerated() {
            let session = scenario.sessions[gate.session].name
            text +=
                "INSERT INTO public.race_gate VALUES"
                + " ('\(session)', '\(Self.place(gate.statement))', \(gate.visit), \(Self.key(number + 1)));\n"
        }
        text += triggers(gates)
        for (function, source) in functions.sorted(by: { $0.key < $1.key }) {
            let lines = Set(gates.filter { $0.statement.function == function }.map(\.statement.line))
            guard !lines.isEmpty, let start = source.definition.range(of: source.body) else { continue }
            let body = source.body.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { index, line in
                lines.contains(index + 1) ? "PERFORM public.race_gate('\(function):\(index + 1)'); \(line)" : String(line)
            }
            text += source.definition.replacingCharacters(in: start, with: body.joined(separator: "\n")) + ";\n"
        }
        return text
    }

    private static func place(_ statement: GateListener.Statement) -> String {
        statement.function.isEmpty ? statement.kind : "\(statement.function):\(statement.line)"
    }

    /// Triggers in place of instrumented copies, for a schedule that was found with triggers.
    private func triggers(_ gates: [Gate]) -> String {
        let tables = Set(gates.filter { $0.statement.function.isEmpty }.compactMap { $0.statement.kind.split(separator: " ").last })
        guard !tables.isEmpty else { return "" }
        return """
            CREATE FUNCTION public.race_trigger() RETURNS trigger LANGUAGE plpgsql AS $race$
            BEGIN
                PERFORM public.race_gate(TG_OP || ' on ' || TG_RELID::regclass);
                RETURN NULL;
            END $race$;

            """
                + tables.sorted().map {
                    "CREATE TRIGGER a_race_gate BEFORE INSERT OR UPDATE OR DELETE ON \($0)"
                        + " FOR EACH STATEMENT EXECUTE FUNCTION public.race_trigger();\n"
                }.joined()
    }

    /// For a scenario without a teardown: schema public holds its tables and functions and nothing else.
    private static let dropAll = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"

    private func block(_ sql: String) -> String { sql.contains("\n") ? "\n\(sql)\n" : sql.hasPrefix(" ") ? sql : " \(sql) " }
}
