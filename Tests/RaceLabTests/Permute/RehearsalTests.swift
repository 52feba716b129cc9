import TestSupport
import Testing

@testable import RaceLab

/// The files that findings are written as show them without the gate module, however the code is laid out.
@Suite(.serialized, .blocking, .timeLimit(.minutes(5))) struct RehearsalTests {
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

    @Test(arguments: LostUpdateBodies.all.indices) func aBodyOfAnyLayout(number: Int) async throws {
        try await rehearse(Self.setup("it's", LostUpdateBodies.all[number]) + "session s times 2 step add { SELECT \"it's\"(); }")
    }

    @Test func aBlockWithoutAFunction() async throws {
        let block = LostUpdateBodies.all[0].replacing("RETURN v + 1; ", with: "")
        try await rehearse(Self.setup("f", LostUpdateBodies.all[0]) + "session s times 2 step add { DO $$\(block)$$; }")
    }

    @Test func aStepOfSeveralStatements() async throws {
        let head = "setup { CREATE TABLE seen (s int, n int) } reset { TRUNCATE seen }\n" + Self.setup("f", LostUpdateBodies.all[0])
        let (read, write) = ("INSERT INTO seen SELECT :session, n FROM t", "UPDATE t SET n = (SELECT n FROM seen WHERE s = :session) + 1")
        try await rehearse(head + "session s times 2 step add { \(read); \(write); }")
        try await rehearse(head + "session s times 2 step add { BEGIN; \(read);\n  \(write) } step end { COMMIT; }")
    }

    @Test func aSQLFunction() async throws {
        try await rehearse(
            Self.setup("f", LostUpdateBodies.all[0]) + """
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
            Self.setup("f", LostUpdateBodies.all[0]) + """
                setup {
                    CREATE PROCEDURE add() LANGUAGE plpgsql AS $$
                    DECLARE v int; BEGIN SELECT n INTO v FROM t; COMMIT; UPDATE t SET n = v + 1; COMMIT; END $$;
                    GRANT SELECT, UPDATE ON t TO pg_monitor;
                }
                session s times 2 setup { SET ROLE pg_monitor } step add { CALL add(); }
                """)
    }

    @Test func withTriggersToo() async throws {
        try await rehearse(Self.setup("f", LostUpdateBodies.all[0]) + "session s times 2 step add { SELECT f(); }", gates: false)
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
