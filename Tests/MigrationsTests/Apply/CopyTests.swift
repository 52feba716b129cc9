import PQClient
import Testing

@testable import Migrations

/// Rows of a COPY that stand in the step.
@Suite struct CopyTests {
    @Test func rowsArriveAsTheyStand() async throws {
        let database = try await TestDatabase.make()
        let step = """
            CREATE TABLE public.t (id int, note text);
            COPY public.t (id, note) FROM STDIN; -- two rows
            1\ta; b
            --! include 2\t'
            \\.
            INSERT INTO public.t VALUES (3, 'c');
            COPY public.t FROM STDIN WITH (FORMAT csv);
            4,"x
            y"
            \\.
            COPY public.t FROM stdin;
            \\.

            """.replacing("--! include 2", with: "2")
        let migrator = try await database.migrator(["0001_t.sql": step])
        _ = try await migrator.up()
        #expect(try await database.rows("SELECT id, note FROM public.t ORDER BY id") == ["1|a; b", "2|'", "3|c", "4|x\ny"])
        #expect(try StepSource(files: ["0001_t.sql": step]).load().steps[0].statements().map(\.script).joined().contains("1\ta; b\n"))
    }

    @Test func aRowThatLooksLikeAHeaderIsARow() async throws {
        let database = try await TestDatabase.make()
        let rows = "--! transaction: no\n--! include x.sql\n--! no header at all\n"
        let step = "CREATE TABLE public.t (note text);\nCOPY public.t FROM STDIN;\n\(rows)\\.\n"
        let migrator = try await database.migrator(["0001_t.sql": step])
        _ = try await migrator.up()
        #expect(try await database.rows("SELECT note FROM public.t").map { $0 + "\n" }.joined() == rows)
    }

    @Test func aBadRowIsNamedByItsLine() async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator([
            "0001_t.sql": "CREATE TABLE public.t (id int);\n\nCOPY public.t FROM STDIN;\n1\n2\nthree\n\\.\n"
        ])
        let error = try await #require(throws: MigrationError.self) { try await migrator.up() }
        #expect(error.problems[0].line == 6 && error.problems[0].sqlState == "22P02", "\(error)")
        #expect(try await database.rows("SELECT pg_catalog.to_regclass('public.t') IS NULL") == ["t"])
        _ = try await migrator.connection.execute("SELECT 1")
    }

    @Test func aChangedRowChangesWhatTheStepDoes() throws {
        func parts(_ row: String) throws -> Step {
            try StepSource(files: ["0001_t.sql": "COPY public.t FROM STDIN;\n\(row)\n\\.\n"]).load().steps[0]
        }
        #expect(try !parts("1").meansTheSame(as: parts("2").parts) && parts("1").meansTheSame(as: parts("1").parts))
    }
}
