import TestSupport
import Testing

@testable import RaceLab

/// What one schedule leaves in a session must not be there in the next, and what the level promises is no finding.
@Suite(.serialized, .blocking, .timeLimit(.minutes(3))) struct CleanSessionTests {
    @Test(arguments: [true, false]) func aSessionKeepsNothing(gates: Bool) async throws {
        let report = try await TestExplorer.run(
            """
            setup {
                CREATE TABLE t (id int PRIMARY KEY, n int);
                CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $$
                DECLARE
                    v_setting text := NULLIF(current_setting('test.used', true), '');
                    v_free boolean := pg_try_advisory_lock(session_number());
                    v_seen bigint;
                BEGIN
                    CREATE TEMP TABLE IF NOT EXISTS seen (n int);
                    INSERT INTO seen VALUES (1);
                    SELECT count(*) INTO v_seen FROM seen;
                    UPDATE t SET n = n + 1;
                    PERFORM set_config('test.used', 'yes', false), set_config('work_mem', '1MB', false);
                    RETURN concat_ws(' ', v_setting, v_free, v_seen);
                END $$;
                CREATE FUNCTION session_number() RETURNS int LANGUAGE sql AS $$ SELECT current_setting('test.session')::int $$;
            }
            reset { TRUNCATE t; INSERT INTO t VALUES (1, 0) }
            session s times 2
            setup { SET test.session = ':session'; SELECT session_number(); SELECT 1; }
            step call { SELECT f(), current_setting('work_mem'); }
            step prepare { PREPARE p AS SELECT 1; DECLARE c CURSOR WITH HOLD FOR SELECT 1; SET ROLE pg_monitor; }
            observe { SELECT n FROM t }
            expect serial
            """, gates: gates)
        #expect(report.held, "\(report.finding?.detail ?? "") \(report)")
    }

    /// The loser of an update is refused, and so is what follows in its transaction.
    @Test(arguments: ["repeatable read", "serializable"]) func anAllowedErrorHasConsequences(level: String) async throws {
        let report = try await TestExplorer.run(
            """
            isolation "\(level)"
            setup { CREATE TABLE cell (k int PRIMARY KEY, v int); INSERT INTO cell VALUES (1, 0), (2, 0); }
            reset { UPDATE cell SET v = 0 }
            session s times 2
            step begin { BEGIN; }
            step one { UPDATE cell SET v = v + 1 WHERE k = 1; }
            step two { UPDATE cell SET v = v + 1 WHERE k = 2; }
            step commit { COMMIT; }
            observe { SELECT * FROM cell }
            expect serial
            """)
        #expect(report.held && report.isExhaustive && report.exercise.refused > 0, "\(report.finding?.detail ?? "") \(report)")
    }

    /// 25P02 after an error that may not be is that error's finding.
    @Test func theFirstErrorIsReported() async throws {
        let report = try await TestExplorer.run(
            """
            session a step begin { BEGIN; } step fail { SELECT 1 / 0; } step next { SELECT 1; } step end { ROLLBACK; }
            session b step look { SELECT 1; }
            expect serial
            """)
        #expect(report.finding?.violation == .error("22012"), "\(report)")
    }

    /// The rows come in the order in which they lie in the table, which depends on the order of the updates.
    @Test func rowsWithoutAnOrderAreComparedAsSets() async throws {
        func report(_ order: String) async throws -> ExplorationReport {
            try await TestExplorer.run(
                """
                setup { CREATE TABLE t (id int, n int) }
                reset { TRUNCATE t; INSERT INTO t VALUES (1, 0), (2, 0) }
                session s times 2
                step one { BEGIN; UPDATE t SET n = n + 1 WHERE id = :session; }
                step look { SELECT id FROM t \(order); COMMIT; }
                expect serial
                """)
        }
        #expect(try await report("").held)
        #expect(try await report("ORDER BY ctid").finding?.violation == .notSerial)
    }

    /// The invariant is violated once, by the number of schedules that ran before.
    @Test func whatDoesNotRepeatIsUnstable() async throws {
        let explorer = try await TestExplorer.make { $0.jobs = 1 }
        let report = try await explorer.run(
            try TestExplorer.scenario(
                """
                setup { CREATE SEQUENCE s }
                reset { SELECT 1 }
                session a times 2 step draw { SELECT nextval('s'); }
                invariant "not the fourth" { SELECT 1 FROM s WHERE last_value = 4 }
                """))
        try await explorer.finish()
        let finding = try #require(report.finding)
        #expect(!report.held && !finding.isStable && finding.rate == "0 of 20 repetitions showed it again", "\(finding)")
    }
}
