import TestSupport
import Testing

@testable import RaceLab

/// Where the gate module stops sessions besides PL/pgSQL functions, and what is said of the rest.
@Suite(.serialized, .blocking, .timeLimit(.minutes(5))) struct StopTests {
    private static let tables = """
        setup { CREATE TABLE t (id int PRIMARY KEY, n int); CREATE TABLE seen (s int, n int) }
        reset { TRUNCATE t, seen; INSERT INTO t VALUES (1, 0) }
        observe { SELECT n FROM t }
        expect serial

        """

    /// Each reads in one statement and writes in a later one.
    @Test(arguments: [
        // A step of several statements is one transaction.
        "step add { INSERT INTO seen SELECT :session, n FROM t; /* ; */ UPDATE t SET n = (SELECT n FROM seen WHERE s = :session) + 1; }",
        "step add { SELECT f(:session); } setup",
        "step add { SELECT atomic(:session); } setup",
        "step add { DO $$ DECLARE v int; BEGIN SELECT n INTO v FROM t; UPDATE t SET n = v + 1; END $$; }",
        "step add { CALL p(); } setup",
        // PL/pgSQL takes a query in the place of an expression.
        "step add { SELECT assigning(); } setup",
    ]) func aSessionStopsBetweenStatements(step: String) async throws {
        let functions = """
            setup {
                CREATE FUNCTION f(p int) RETURNS void LANGUAGE sql AS $$
                    INSERT INTO seen SELECT p, n FROM t; -- and now
                    UPDATE t SET n = (SELECT n FROM seen WHERE s = p) + 1
                $$;
                CREATE FUNCTION atomic(p int) RETURNS void LANGUAGE sql BEGIN ATOMIC
                    INSERT INTO seen SELECT p, n FROM t;
                    UPDATE t SET n = (SELECT n FROM seen WHERE s = p) + 1;
                END;
                CREATE PROCEDURE p() LANGUAGE plpgsql AS $$
                DECLARE v int;
                BEGIN SELECT n INTO v FROM t; COMMIT; UPDATE t SET n = v + 1; END $$;
                CREATE FUNCTION assigning() RETURNS int LANGUAGE plpgsql AS $$
                DECLARE v int;
                BEGIN
                    v := n FROM t;
                    UPDATE t SET n = v + 1;
                    RETURN v;
                END $$;
            }

            """
        let body = step.hasSuffix(" setup") ? String(step.dropLast(6)) : step
        let report = try await TestExplorer.run(Self.tables + (body == step ? "" : functions) + "session s times 2 \(body)")
        let finding = try #require(report.finding, "\(report)")
        #expect(finding.violation == .notSerial && finding.isStable && finding.preemptions == 1)
        #expect(report.exercise.statements > 0)
    }

    /// Nothing can come in between the parts of one statement: that is said, and no session stops at its end.
    @Test func whatHasNoStopIsListed() async throws {
        let text = Self.tables + "session s times 2 step begin { BEGIN; } step add { UPDATE t SET n = n + 1; } step end { COMMIT; }"
        let report = try await TestExplorer.run(text)
        #expect(report.held && report.isExhaustive && report.exercise.statements == 0)
        let scenario = try TestExplorer.scenario(text)
        #expect(report.exercise.unstopped(in: scenario) == ["add1", "add2"])
        #expect(report.opaque.isEmpty)
    }

    /// A loop that waits for another session yields; one that waits for ever is inconclusive.
    @Test func aSessionThatPollsLetsTheOtherGoOn() async throws {
        let polling = """
            setup {
                CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 0);
                CREATE FUNCTION wait_for() RETURNS int LANGUAGE plpgsql AS $$
                BEGIN
                    LOOP
                        EXIT WHEN (SELECT n FROM t WHERE id = 1) > 0;
                    END LOOP;
                    RETURN 1;
                END $$;
            }
            reset { UPDATE t SET n = 0 }
            session a step wait { SELECT wait_for(); }
            session b step set { UPDATE t SET n = 1; }
            invariant "none is negative" { SELECT * FROM t WHERE n < 0 }
            """
        let explorer = try await TestExplorer.make { $0.schedules = 2 }
        let report = try await explorer.run(try TestExplorer.scenario(polling))
        try await explorer.finish()
        #expect(report.held && report.schedules == 2, "\(report)")
    }

    /// Not the statement that it has not come to, nor the others of a line.
    @Test func theDiagramShowsWhatTheScheduleDid() async throws {
        let text =
            Self.tables + """
                session s times 2
                step add { INSERT INTO seen SELECT :session, n FROM t; UPDATE t SET n = (SELECT n FROM seen WHERE s = :session) + 1; SELECT 1 AS last; }
                """
        let diagram = try #require(try await TestExplorer.run(text).finding).diagram(of: try TestExplorer.scenario(text), width: 240)
        let lines = diagram.split(separator: "\n").map { $0.trimmingPrefix { $0 == " " } }
        #expect(lines.contains("add1: INSERT INTO seen SELECT 1, n FROM t;"), "\(diagram)")
        #expect(lines.contains("1: UPDATE t SET n = (SELECT n FROM seen WHERE s = 1) + 1"), "\(diagram)")
        let block = Self.tables + Self.lost
        let other = try #require(try await TestExplorer.run(block).finding).diagram(of: try TestExplorer.scenario(block), width: 240)
        #expect(other.contains("1: UPDATE t SET n = v + 1\n"), "\(other)")
    }

    @Test func aTokenSaysWhereSessionsStop() async throws {
        let finding = try #require(try await TestExplorer.run(Self.tables + Self.lost).finding)
        #expect(ScheduleToken(finding.token)?.gates == "statements")
        let explorer = try await TestExplorer.make()
        let scenario = try TestExplorer.scenario(Self.tables + Self.lost)
        #expect(try await explorer.replay(finding.token, of: scenario)?.violation == finding.violation)
        // The module that was passed would not be used.
        await #expect(throws: RaceError.self) { _ = try await explorer.replay(finding.token + "+steps", of: scenario) }
        try await explorer.finish()
        let without = try await TestExplorer.make(gates: false)
        await #expect(throws: RaceError.self) { _ = try await without.replay(finding.token, of: scenario) }
        try await without.finish()
    }

    /// Otherwise a schedule that was never run would read as one that breaks no promise.
    @Test(arguments: [
        ("9-9-9+writes", "there is no session 9; the sessions are 0 (s1), 1 (s2)"),
        ("0+writes", "it has 1 of the 2 turns that the sessions needed"),
        ("0-1-0-1-0-1-0+writes", "is left over"),
        // The same choices are another schedule where sessions stop between steps only.
        ("0-0-1-1-1+steps", "'0-1-1-1' is left over"),
        ("0~0.7+writes", "'~0.7'"),
        ("0~7.0+writes", "there is no session 7"),
        ("0@3+writes", "does not use :rows"),
        ("0-0!cancel.0.40+writes", "session 0 did not come to its move 40"),
        ("x", "not a token"),
    ]) func aScheduleThatIsNotCarriedOutHasNoVerdict(token: String, why: String) async throws {
        let explorer = try await TestExplorer.make(gates: false)
        let scenario = try TestExplorer.scenario(Self.tables + Self.lost)
        let error = await #expect(throws: RaceError.self) { _ = try await explorer.replay(token, of: scenario) }
        #expect(error?.description.contains(why) == true && error?.hint != nil, "\(error?.description ?? "none")")
        try await explorer.finish()
    }

    /// A session that waits for a lock cannot take its turn.
    @Test func aSessionThatIsBlockedCannotBeChosen() async throws {
        let explorer = try await TestExplorer.make(gates: false)
        let scenario = try TestExplorer.scenario(
            Self.tables + """
                session a step begin { BEGIN; } step one { UPDATE t SET n = n + 1; } step end { COMMIT; }
                session b step two { UPDATE t SET n = n + 1; }
                session c step three { SELECT 1; }
                """)
        let error = await #expect(throws: RaceError.self) { _ = try await explorer.replay("0-0-1-1-0+steps", of: scenario) }
        #expect(error?.description.contains("at turn 4, session 1 could not go on; 0 or 2 could") == true, "\(error?.description ?? "")")
        try await explorer.finish()
    }

    private static let lost = """
        session s times 2
        step add { DO $$ DECLARE v int; BEGIN SELECT n INTO v FROM t; UPDATE t SET n = v + 1; END $$; }
        """
}
