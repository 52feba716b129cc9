/// Gates for servers without the gate module: a trigger before each statement that writes to a table waits for an advisory lock.
///
/// A statement that only reads has no gate, so these gates are coarser than the module's and finer than steps. The controller holds two
/// locks for each session and releases the one for which the session waits. A session's gates use the two in turn: with one lock, a fast
/// session could pass two gates before the controller has it back.
final class TriggerGates {
    private let control: LabConnection
    /// The second key of the lock for which each process waits.
    private var waited: [Int32: String] = [:]
    /// The first key of the advisory locks, which no application is likely to use.
    private static let key = 727_002

    /// - Parameter control: a connection that stays open, because it holds the locks.
    init(control: LabConnection, sessions: Int) throws {
        self.control = control
        let locks = (0..<sessions * 2).map { "pg_catalog.pg_advisory_lock(\(Self.key), \($0))" }
        let held = control.run("SELECT \(locks.joined(separator: ", "))")
        guard !held.isError else { throw RaceError("the locks of the gates: \(held.text)") }
        try control.prepare(
            "at a gate",
            """
            SELECT COALESCE((SELECT l.objid || ' ' || a.application_name FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_activity AS a USING (pid)
                              WHERE l.pid = $1::int AND l.locktype = 'advisory' AND l.classid = \(Self.key) AND NOT l.granted), '')
            """)
    }

    /// The statement with which a session asks to be stopped at the gates.
    static func settings(session: Int) -> String { "SET race.gate = '\(session * 2)'" }

    /// Puts the triggers on all tables. nil when that succeeded, otherwise the reason why it failed.
    static func install(on connection: LabConnection) -> String? {
        let done = connection.run(
            """
            SET client_min_messages = warning;
            CREATE OR REPLACE FUNCTION public.race_trigger_gate() RETURNS trigger LANGUAGE plpgsql AS $race$
            DECLARE
                v_gate int := NULLIF(pg_catalog.current_setting('race.gate', true), '');
            BEGIN
                IF v_gate IS NOT NULL THEN
                    PERFORM pg_catalog.set_config('race.gate', (v_gate # 1)::text, false);
                    PERFORM pg_catalog.set_config('application_name', TG_OP || ' on ' || TG_RELID::pg_catalog.regclass, false);
                    PERFORM pg_catalog.pg_advisory_lock_shared(\(key), v_gate);
                    PERFORM pg_catalog.pg_advisory_unlock_shared(\(key), v_gate);
                END IF;
                RETURN NULL;
            END $race$;
            DO $race$
            DECLARE
                v_table pg_catalog.regclass;
            BEGIN
                FOR v_table IN
                    SELECT c.oid FROM pg_catalog.pg_class AS c
                     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
                       AND c.relnamespace::pg_catalog.regnamespace::text NOT IN ('pg_catalog', 'information_schema')
                       AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgname = 'a_race_gate')
                LOOP
                    EXECUTE pg_catalog.format(
                        'CREATE TRIGGER a_race_gate BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT
                            EXECUTE FUNCTION public.race_trigger_gate()', v_table);
                END LOOP;
            END $race$
            """)
        return done.isError ? done.text : nil
    }

    /// The statement before which a process has stopped; nil when it is not at a gate.
    func standing(_ pid: Int32) throws -> GateListener.Statement? {
        let answer = try control.value(of: "at a gate", String(pid)).split(separator: " ", maxSplits: 1)
        guard answer.count == 2 else { return nil }
        waited[pid] = String(answer[0])
        return GateListener.Statement(function: "", line: 0, kind: String(answer[1]))
    }

    /// Lets a process go on from its gate to the next one; it takes the lock and gives it back as soon as it is through.
    func letGo(_ pid: Int32) throws {
        guard let waited = waited.removeValue(forKey: pid) else { return }
        let lock = "(\(Self.key), \(waited))"
        let done = control.run("SELECT pg_catalog.pg_advisory_unlock\(lock), pg_catalog.pg_advisory_lock\(lock)")
        guard !done.isError else { throw RaceError("the gate of process \(pid): \(done.text)") }
    }
}
