import PQClient

/// A finding's schedule as turns that people, isolationtester or `race spec` can take on a server without the gate module.
///
/// Where a session has to stop inside a function, a copy of the function takes its place that calls race_gate() before that statement. The
/// call waits for an advisory lock, which one more session holds and releases at the right moment. A step of several statements is cut in
/// two where its session has to stop.
struct ScheduleScript {
    struct Turn {
        var session: String
        var step: String
        var sql: String
    }

    private struct Gate {
        var session: Int
        var place: String
        /// How many times the session has come to this place, this time included.
        var visit: Int
        var statement: GateListener.Statement
    }

    /// A step that a session is in: its turns so far, and whether cutting it takes a transaction around the parts.
    private struct OpenStep {
        var turn: Int
        var name: String
        var parts = 1
        var needsTransaction: Bool
    }

    private let finding: RaceFinding
    private let scenario: Scenario
    private(set) var turns: [Turn] = []
    private var gates: [Gate] = []

    /// The session that holds the gates and looks at the end.
    static let control = "control"

    init(_ finding: RaceFinding, of scenario: Scenario) {
        (self.finding, self.scenario) = (finding, scenario)
        takeMoves()
        if !gates.isEmpty {
            let locks = gates.indices.map { "pg_advisory_lock(\(Self.key($0 + 1)))" }.joined(separator: ", ")
            turns.insert(Turn(session: Self.control, step: "hold", sql: " SELECT \(locks); "), at: 0)
        }
        for (number, sql) in finding.shown(of: scenario).enumerated() {
            turns.append(Turn(session: Self.control, step: Self.look(number), sql: " \(sql); "))
        }
    }

    var needsGates: Bool { !gates.isEmpty }

    /// The name of the step that runs the query of this number.
    static func look(_ number: Int) -> String { number == 0 ? "look" : "look \(number + 1)" }
    /// The name of a step's later part.
    static func part(_ number: Int, of step: String) -> String { "\(step) (\(number))" }

    private mutating func takeMoves() {
        var visits: [[String: Int]] = scenario.sessions.map { _ in [:] }
        var open: [Int: OpenStep] = [:]
        for (index, move) in finding.moves.enumerated() {
            let (session, step) = (scenario.sessions[move.session], scenario.sessions[move.session].steps[move.step])
            guard let statement = move.statement else {
                turns.append(Turn(session: session.name, step: step.name, sql: step.sql))
                open[move.session] = OpenStep(
                    turn: turns.count - 1, name: step.name, needsTransaction: !move.isInTransaction && !Self.controlsTransaction(step.sql))
                continue
            }
            let place = place(of: statement, in: step)
            visits[move.session][place, default: 0] += 1
            // Otherwise no other session came in between, so this one did not have to stop.
            guard index > 0, finding.moves[index - 1].session != move.session else { continue }
            if statement.isOfStep {
                if var part = open[move.session] {
                    cut(&part, before: statement, of: session.name)
                    open[move.session] = part
                }
                continue
            }
            gates.append(Gate(session: move.session, place: place, visit: visits[move.session][place]!, statement: statement))
            if statement.isInline, let part = open[move.session] {
                turns[part.turn].sql = InstrumentedBody.ofBlock(turns[part.turn].sql, statement, call(place)) ?? turns[part.turn].sql
            }
            turns.append(
                Turn(session: Self.control, step: "go \(gates.count)", sql: " SELECT pg_advisory_unlock(\(Self.key(gates.count))); "))
        }
    }

    /// Ends the current part of a step before a statement, and begins another part with it.
    private mutating func cut(_ part: inout OpenStep, before statement: GateListener.Statement, of session: String) {
        let sql = turns[part.turn].sql
        guard let place = InstrumentedBody.offset(of: statement, in: sql) else { return }
        let (head, tail) = (
            String(decoding: sql.utf8.prefix(place), as: UTF8.self), String(decoding: sql.utf8.dropFirst(place), as: UTF8.self)
        )
        let isFirst = part.parts == 1
        turns[part.turn].sql = part.needsTransaction && isFirst ? "BEGIN; \(head)" : head
        part.parts += 1
        let end = part.needsTransaction && isFirst ? tail + (tail.hasSuffix(";") ? " COMMIT;" : "; COMMIT;") : tail
        turns.append(Turn(session: session, step: Self.part(part.parts, of: part.name), sql: end))
        part.turn = turns.count - 1
    }

    private static func controlsTransaction(_ sql: String) -> Bool {
        sql.contains(#/(?i)(^|;)\s*(begin|start|commit|end|rollback|abort|savepoint|release)\b/#)
    }

    /// The key of a gate's advisory lock, from a range that no application is likely to use.
    private static func key(_ gate: Int) -> String { "\(727_000_100 + gate)" }

    private func call(_ place: String) -> String { "public.race_gate(\(PostgresQuery.quoteLiteral(place)))" }

    /// The name of a statement's place, by which a session finds its gate.
    private func place(of statement: GateListener.Statement, in step: Scenario.Step) -> String {
        if statement.isTrigger { return statement.kind }
        let function = statement.isInline ? step.name : finding.signatures[statement] ?? statement.function
        let others = finding.moves.compactMap(\.statement).filter { $0.function == statement.function && $0.line == statement.line }
        let number = Set(others.map(Self.name)).sorted().firstIndex(of: Self.name(statement)) ?? 0
        return "\(function):\(statement.line)" + (number > 0 ? " (\(number + 1))" : "")
    }

    private static func name(_ statement: GateListener.Statement) -> String { "\(statement.kind) \(statement.text)" }

    // MARK: The functions with gates

    /// Makes the gates and the copies of functions that call them; empty if no session has to stop inside a function.
    var instrumentation: String {
        guard needsGates else { return "" }
        var text = """
            CREATE TABLE public.race_gate (session text, place text, visit int, key bigint);
            GRANT SELECT ON public.race_gate TO PUBLIC;
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
            let (session, place) = (scenario.sessions[gate.session].name, gate.place)
            text +=
                "INSERT INTO public.race_gate VALUES (\(PostgresQuery.quoteLiteral(session)), \(PostgresQuery.quoteLiteral(place)),"
                + " \(gate.visit), \(Self.key(number + 1)));\n"
        }
        text += triggers
        for (function, source) in finding.functions.sorted(by: { $0.key < $1.key }) {
            let own = gates.filter { (finding.signatures[$0.statement] ?? $0.statement.function) == function }
            let calls = Dictionary(own.map { ($0.statement, call($0.place)) }) { first, _ in first }
            guard !own.isEmpty, let start = source.definition.range(of: source.body) else { continue }
            text += source.definition.replacingCharacters(in: start, with: InstrumentedBody.of(source.body, calls)) + ";\n"
        }
        return text
    }

    /// Triggers in place of instrumented copies, for a schedule that was found with triggers.
    private var triggers: String {
        let tables = Set(gates.filter(\.statement.isTrigger).compactMap { $0.statement.kind.split(separator: " ").last })
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
}
