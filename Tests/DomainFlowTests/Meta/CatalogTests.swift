import DomainFlow
import Foundation
import PQClient
import Testing

/// Every public function has its typed call, in the file of its area, with the arguments, defaults and columns of the catalog.
@Suite struct CatalogTests {
    private let pool: PostgresPool

    init() async throws { pool = try await FacadeDatabase.shared.pool() }

    private static func check(_ connection: PostgresConnection) async throws -> (problems: [String], missing: [String]) {
        let checker = try await FacadeChecker(connection)
        for call in FacadeCalls.all { await checker.check(call) }
        return (await checker.problems, await checker.missing)
    }

    @Test func everyPublicFunctionHasATypedCallThatFitsIt() async throws {
        let (problems, missing) = try await pool.withConnection { try await Self.check($0) }
        #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
        #expect(
            missing.isEmpty,
            "no typed call of \(missing): add it to Sources/DomainFlow/<Room>/DomainFlowClient+<Room>.swift and a line to Tests/DomainFlowTests/FacadeCalls.swift"
        )
    }

    @Test(arguments: [
        ("CREATE FUNCTION domainflow.facade_new(p_a text) RETURNS text LANGUAGE sql AS 'SELECT p_a'", "facade_new"),
        // Not replaced, since that refuses other types.
        (
            """
            DROP FUNCTION domainflow.pause_queue(text, boolean);
            CREATE FUNCTION domainflow.pause_queue(p_queue varchar, p_paused boolean DEFAULT true) RETURNS boolean LANGUAGE sql AS 'SELECT true'
            """, "pause_queue: p_queue is character varying and is sent as text"
        ),
        (
            """
            DROP FUNCTION domainflow.pause_queue(text, boolean);
            CREATE FUNCTION domainflow.pause_queue(p_queue text, p_paused boolean DEFAULT false) RETURNS boolean LANGUAGE sql AS 'SELECT true'
            """, "pause_queue: p_paused is false by default and was sent as t"
        ),
        (
            """
            DROP FUNCTION domainflow.unpark_jobs(text, bigint[]);
            CREATE FUNCTION domainflow.unpark_jobs(p_queue text, p_ids bigint[]) RETURNS SETOF text LANGUAGE sql AS $$ SELECT 'x' $$
            """, "Int64"
        ),
        (
            """
            DROP FUNCTION domainflow.list_campaigns();
            CREATE FUNCTION domainflow.list_campaigns() RETURNS TABLE (
                campaign_id uuid, name text, status text, business_status text, total bigint, generated bigint, progress double precision,
                created_at timestamptz, owner text)
            LANGUAGE sql AS 'SELECT NULL, NULL, NULL, NULL, 0, 0, 0, now(), NULL WHERE false'
            """, "list_campaigns: its column owner is not read"
        ),
    ])
    func aChangedFunctionIsFound(change: String, finding: String) async throws {
        let (problems, missing) = try await pool.withConnection { connection in
            // The tests beside this one never see the change.
            try await connection.execute("BEGIN; SET LOCAL check_function_bodies = off; \(change)")
            do {
                let found = try await Self.check(connection)
                try await connection.execute("ROLLBACK")
                return found
            } catch {
                try await connection.execute("ROLLBACK")
                throw error
            }
        }
        let findings = problems + missing
        #expect(findings.count == 1 && findings[0].contains(finding), "\(findings)")
    }

    @Test func callsStandInTheFolderOfTheirRoom() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..").standardizedFileURL
        let files = FileManager.default
        let sources = root.appendingPathComponent("Sources/DomainFlow")
        let functions = root.appendingPathComponent("sql/functions")
        var checked = 0
        for area in try files.contentsOfDirectory(atPath: functions.path) {
            let calls = try files.contentsOfDirectory(atPath: functions.appendingPathComponent(area).path)
                .filter { $0.hasSuffix(".sql") && !$0.hasPrefix("_") }
            // A room without public functions has no folder.
            if calls.isEmpty { continue }
            let folder = sources.appendingPathComponent(area.capitalized)
            let code = try files.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
                .map { try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8) }.joined()
            for file in calls {
                checked += 1
                #expect(
                    code.contains("domainflow.\(file.dropLast(4))("),
                    "\(area)/\(file) has no call in Sources/DomainFlow/\(area.capitalized)")
            }
        }
        #expect(checked > 50)
    }
}
