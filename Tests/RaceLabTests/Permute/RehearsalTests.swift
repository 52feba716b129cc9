import TestSupport
import Testing

@testable import RaceLab

/// The files that findings are written as show them without the gate module, however the code is laid out.
@Suite(.serialized, .blocking, .timeLimit(.minutes(5))) struct RehearsalTests {
    /// Bodies that add one to `t.n` and lose an update.
    private static let bodies = [
        "DECLARE v int; BEGIN SELECT n INTO v FROM t WHERE id = 1; UPDATE t SET n = v + 1 WHERE id = 1; RETURN v + 1; END",
        """

        DECLARE
            v int;
        BEGIN
            SELECT n INTO v FROM t WHERE id = 1;
            IF v IS NULL THEN
                RETURN 0;
            ELSE UPDATE t SET n = v + 1 WHERE id = 1; END IF;
            RETURN v + 1;
        END
        """,
        "declare v int; begin v := n from t where id = 1; update t set n = v + 1; return v + 1; end",
        """
        <<outer>>
        DECLARE v int;
        BEGIN
            v := (SELECT n
                    FROM t); UPDATE t -- the second of the line
               SET n = v + 1; RETURN v + 1;
        END
        """,
        """
        DECLARE v int;
        BEGIN
            FOR i IN 1..1 LOOP SELECT n INTO STRICT v FROM t; IF v >= 0 THEN UPDATE t SET n = v + 1; END IF; END LOOP;
            RETURN v + 1;
        END
        """,
        """
        DECLARE r record;
        BEGIN
            FOR r IN SELECT * FROM t LOOP
                UPDATE t SET n = r.n + 1 WHERE id = r.id;
            END LOOP;
            RETURN r.n + 1;
        END
        """,
        """
        DECLARE v int;
        BEGIN
            EXECUTE 'SELECT n FROM t' INTO v; EXECUTE format('UPDATE %I SET n = $1 + 1; ', 't') USING v;
            RETURN v + 1;
        END
        """,
        """
        DECLARE v int;
        BEGIN
            BEGIN SELECT n INTO v FROM t; EXCEPTION WHEN others THEN RETURN -1; END; PERFORM set_n(v + 1); RETURN v + 1;
        END
        """,
        """
        DECLARE v int;
        BEGIN
            SELECT n INTO v FROM t;
            CASE WHEN v < 0 THEN RETURN v; ELSE UPDATE t SET n = CASE WHEN v > 5 THEN 0 ELSE v + 1 END; END CASE;
            RETURN v + 1;
        END
        """,
        """
        DECLARE v int; w int;
        BEGIN
            IF (SELECT n FROM t) >= 0 THEN SELECT n INTO v FROM t; END IF;
            WITH new AS (UPDATE t SET n = v + 1 RETURNING n) SELECT n INTO w FROM new; RETURN w;
        END
        """,
        """
        DECLARE c CURSOR FOR SELECT n FROM t; v int;
        BEGIN OPEN c; FETCH c INTO v; CLOSE c; UPDATE t SET n = v + 1; RETURN v + 1; END
        """,
        """
        DECLARE v int = 0;
        BEGIN
            WHILE v < (SELECT n FROM t) + 1 LOOP v := v + 1; END LOOP;
            UPDATE t SET n = v;/* ; */RETURN
                v;
        END
        """,
    ]

    private static func setup(_ name: String, _ body: String) -> String {
        """
        setup {
            CREATE TABLE t (id int PRIMARY KEY, n int);
            CREATE FUNCTION set_n(p int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN UPDATE t SET n = p; END $$;
            CREATE FUNCTION "\(name)"() RETURNS int LANGUAGE plpgsql AS $f$\(body)$f$;
        }
        reset { TRUNCATE t; INSERT INTO t VALUES (1, 0) }
        observe { SELECT n FROM t }
        expect serial

        """
    }

    private func replay(_ finding: RaceFinding, _ scenario: Scenario) async throws -> String? {
        let rehearsal = Rehearsal(server: try await LabCluster.get().url, template: try await LabCluster.template())
        return try await rehearsal.run(finding, of: scenario)
    }

    private func rehearse(_ text: String, gates: Bool = true) async throws {
        let scenario = try TestExplorer.scenario(text)
        let explorer = try await TestExplorer.make(gates: gates)
        let finding = try await explorer.run(scenario).finding
        try await explorer.finish()
        let problem = try await replay(try #require(finding), scenario)
        #expect(problem == nil, "\(finding!.spec(of: scenario))")
    }

    @Test(arguments: bodies.indices) func aBodyOfAnyLayout(number: Int) async throws {
        try await rehearse(Self.setup("it's", Self.bodies[number]) + "session s times 2 step add { SELECT \"it's\"(); }")
    }

    @Test func aBlockWithoutAFunction() async throws {
        let block = Self.bodies[0].replacing("RETURN v + 1; ", with: "")
        try await rehearse(Self.setup("f", Self.bodies[0]) + "session s times 2 step add { DO $$\(block)$$; }")
    }

    @Test func aStepOfSeveralStatements() async throws {
        let head = "setup { CREATE TABLE seen (s int, n int) } reset { TRUNCATE seen }\n" + Self.setup("f", Self.bodies[0])
        let (read, write) = ("INSERT INTO seen SELECT :session, n FROM t", "UPDATE t SET n = (SELECT n FROM seen WHERE s = :session) + 1")
        try await rehearse(head + "session s times 2 step add { \(read); \(write); }")
        try await rehearse(head + "session s times 2 step add { BEGIN; \(read);\n  \(write) } step end { COMMIT; }")
    }

    @Test func aSQLFunction() async throws {
        try await rehearse(
            Self.setup("f", Self.bodies[0]) + """
                setup {
                    CREATE TABLE seen (s int, n int);
                    CREATE FUNCTION add(p int) RETURNS void LANGUAGE sql AS $$
                        INSERT INTO seen SELECT p, n FROM t; UPDATE t SET n = (SELECT n FROM seen WHERE s = p) + 1
                    $$;
                }
                reset { TRUNCATE seen }
                session s times 2 step add { SELECT add(:session); }
                """)
    }

    @Test func aProcedureThatCommitsUnderAnotherRole() async throws {
        try await rehearse(
            Self.setup("f", Self.bodies[0]) + """
                setup {
                    CREATE PROCEDURE add() LANGUAGE plpgsql AS $$
                    DECLARE v int; BEGIN SELECT n INTO v FROM t; COMMIT; UPDATE t SET n = v + 1; COMMIT; END $$;
                    GRANT SELECT, UPDATE ON t TO pg_monitor;
                }
                session s times 2 setup { SET ROLE pg_monitor } step add { CALL add(); }
                """)
    }

    @Test func withTriggersToo() async throws {
        try await rehearse(Self.setup("f", Self.bodies[0]) + "session s times 2 step add { SELECT f(); }", gates: false)
    }

    /// A function without its text cannot be copied with a gate in it.
    @Test func whatCannotBeWrittenIsSaid() async throws {
        let scenario = try TestExplorer.scenario(
            """
            setup {
                CREATE TABLE t (id int PRIMARY KEY, n int);
                CREATE TABLE seen (s int, n int);
                CREATE FUNCTION add(p int) RETURNS void LANGUAGE sql BEGIN ATOMIC
                    INSERT INTO seen SELECT p, n FROM t;
                    UPDATE t SET n = (SELECT n FROM seen WHERE s = p) + 1;
                END;
            }
            reset { TRUNCATE t, seen; INSERT INTO t VALUES (1, 0) }
            session s times 2 step add { SELECT add(:session); }
            observe { SELECT n FROM t }
            expect serial
            """)
        let explorer = try await TestExplorer.make()
        let finding = try #require(try await explorer.run(scenario).finding)
        try await explorer.finish()
        let problem = try await replay(finding, scenario)
        #expect(problem == "its last step shows 2 instead of 1", "\(problem ?? "")")
    }
}
