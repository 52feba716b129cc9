import PQClient

/// Asks the database after a run whether the scenario's promises held.
///
/// It loads the history into `race.history`, beside the data, so that an invariant can compare the clients' answers with the rows.
struct InvariantChecker {
    let connection: PostgresConnection
    private static let samples = 5

    /// - Parameter path: a history file, one JSON object a line.
    func load(history path: String) async throws {
        // When the server goes away during the verdict, everything is loaded again.
        _ = try await connection.execute("TRUNCATE race.line, race.history")
        // JSON has no bare control characters, so with \\u0001 and \\u0002 as quote and delimiter each line is one value as it stands.
        _ = try await connection.copyIn(
            "COPY race.line (line) FROM STDIN WITH (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')",
            rows: try LineReader(path: path).lazy.map { $0 + "\n" })
        _ = try await connection.execute(
            """
            INSERT INTO race.history
            SELECT (line->>'client')::int, (line->>'seq')::int, line->>'op', line->'args', (line->>'start')::bigint, (line->>'end')::bigint,
                   line->>'outcome', line->>'sqlstate', line->>'message',
                   ARRAY(SELECT jsonb_array_elements_text(COALESCE(line->'retried', '[]'))), line->'rows',
                   ARRAY(SELECT jsonb_array_elements_text(COALESCE(line->'deadlocks', '[]')))
              FROM race.line;
            TRUNCATE race.line;
            ANALYZE;
            """)
    }

    func invariants(of scenario: Scenario) async throws -> [RaceReport.InvariantReport] {
        var reports: [RaceReport.InvariantReport] = []
        for invariant in scenario.invariants {
            let result = try await run(invariant, kind: "invariant")
            var report = RaceReport.InvariantReport(name: invariant.name, violations: result.rowCount)
            for row in 0..<min(result.rowCount, Self.samples) {
                var bytes: [UInt8] = []
                bytes.append(object: result.columns, result.columns.indices.map { result[row].text($0) })
                report.samples.append(String(decoding: bytes, as: UTF8.self))
            }
            reports.append(report)
        }
        return reports
    }

    func tallies(of scenario: Scenario) async throws -> [RaceReport.TallyReport] {
        var reports: [RaceReport.TallyReport] = []
        for tally in scenario.tallies {
            let result = try await run(tally, kind: "tally")
            guard result.rowCount == 1 else {
                throw RaceError("tally '\(tally.name)' answered \(result.rowCount) rows; it must answer one")
            }
            reports.append(
                .init(
                    name: tally.name, acknowledged: try result[0].get("acknowledged", as: Int.self),
                    present: try result[0].get("present", as: Int.self)))
        }
        return reports
    }

    private func run(_ check: Scenario.Check, kind: String) async throws -> PostgresResult {
        do throws(PostgresError) {
            return try await connection.query(PostgresQuery(check.sql))
        } catch {
            guard error.kind == .server else { throw error }
            throw RaceError("\(kind) '\(check.name)' is not a query that runs: \(error)")
        }
    }
}
