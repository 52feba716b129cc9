import TestSupport
import Testing

@testable import RaceLab

/// A verdict counts what the schedules did: a promise that nothing could break has not been tested.
@Suite(.serialized, .blocking, .timeLimit(.minutes(3))) struct ExerciseTests {
    @Test func callsThatAreAllRefusedTestNothing() async throws {
        let report = try await TestExplorer.run(
            """
            setup {
                CREATE TABLE t (id int PRIMARY KEY, n int);
                CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'DF999'; END $$;
            }
            reset { TRUNCATE t }
            session s times 2 step begin { BEGIN; } step call { SELECT f(); } step end { ROLLBACK; }
            expect "DF999"
            invariant "none is negative" { SELECT * FROM t WHERE n < 0 }
            """)
        #expect(!report.held && report.finding == nil && report.exercise.answered == 0 && report.exercise.refused > 0)
        #expect(report.undecided == "all \(report.exercise.refused) calls were refused")
    }

    private static let add = """
        setup {
            CREATE TABLE t (id int PRIMARY KEY, n int);
            CREATE FUNCTION add() RETURNS int LANGUAGE plpgsql AS $$
            DECLARE v int;
            BEGIN
                SELECT n INTO v FROM t WHERE id = 1 FOR UPDATE;
                UPDATE t SET n = v + 1 WHERE id = 1;
                RETURN v;
            END $$;
        }
        session s times 2 step add { SELECT add(); }
        observe { SELECT * FROM t }
        expect serial

        """

    @Test func aFunctionThatMeetsNoRowTestsNothing() async throws {
        let empty = try await TestExplorer.run(Self.add + "reset { TRUNCATE t }")
        #expect(!empty.held && empty.isExhaustive && empty.exercise.rows == 0 && empty.exercise.statements > 0)
        #expect(empty.undecided?.hasPrefix("no schedule changed a row") == true)
        let full = try await TestExplorer.run(Self.add + "reset { TRUNCATE t; INSERT INTO t VALUES (1, 0) }")
        // Each of the two serial orders writes a row twice; what the reset writes does not count.
        #expect(full.held && full.exercise.rows == 4, "\(full.exercise)")
    }

    /// A lock is no row, but it makes the answers differ.
    @Test func differentAnswersAreATestToo() async throws {
        let report = try await TestExplorer.run(
            "session s times 2 step try { SELECT pg_try_advisory_lock(42); } expect serial")
        #expect(report.held && report.exercise.rows == 0, "\(report)")
    }

    @Test func anInterruptedExplorationIsNotHeld() async throws {
        let explorer = try await TestExplorer.make()
        let stop = StopFlag()
        stop.set()
        let report = try await explorer.run(try TestExplorer.scenario(Self.add + "reset { TRUNCATE t }"), stop: stop)
        try await explorer.finish()
        #expect(report.interrupted && !report.held)
    }
}
