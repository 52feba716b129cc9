import InMemoryTracing
import Logging
import PQClient
import Testing
import Tracing

@Suite(.timeLimit(.minutes(2))) struct StatementReportTests {
    @Test func everyStatementIsReportedWithoutItsValues() async throws {
        try await TestServer.with(TestServer.directURL) { (connection) async throws in
            let reports = Box<StatementReport>()
            await connection.setStatementObserver { reports.append($0) }
            try await connection.query("SELECT \("secret") FROM generate_series(1, 3)", named: "three")
            _ = await failure { try await connection.query("SELECT 1/\(0)", timeout: .seconds(60)) }
            try await connection.pipeline {
                $0.add("SELECT 1")
                $0.add("SELECT 2")
            }
            try await connection.transaction(.init(idSource: TransactionOptions.IDSource.none)) { _ = try await $0.query("SELECT 3") }
            for try await _ in connection.stream("SELECT generate_series(1, 1000)") {}
            _ = await failure { try await connection.copyIn("COPY nothing FROM STDIN", rows: ["1"]) }
            await connection.setStatementObserver(nil)
            try await connection.query("SELECT 4")
            let texts = [
                ["SELECT $1 FROM generate_series(1, 3)"], ["SELECT 1/$1"], ["SELECT 1", "SELECT 2"], ["BEGIN"], ["SELECT 3"], ["COMMIT"],
                ["SELECT generate_series(1, 1000)"], ["COPY nothing FROM STDIN"],
            ]
            #expect(reports.all.map(\.texts).elementsEqual(texts) { $0.first?.hasPrefix($1[0]) == true && $0.count == $1.count })
            #expect(reports.all.map(\.rowCount) == [3, 0, 2, 0, 1, 0, 1000, 0])
            #expect(reports.all.map { $0.error?.sqlState } == [nil, "22012", nil, nil, nil, nil, nil, "42P01"])
            #expect(reports.all[0].name == "three" && reports.all[0].duration > .zero)
            #expect(reports.all.allSatisfy { $0.backendPID == connection.backendPID })
        }
    }

    private struct Line: Sendable {
        var level: Logger.Level
        var metadata: Logger.Metadata
    }

    private struct Recorder: LogHandler {
        let lines: Box<Line>
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.append(Line(level: event.level, metadata: event.metadata ?? [:])) }
    }

    @Test func aLogTellsSlowAndFailedStatementsApart() async throws {
        let lines = Box<Line>()
        var configuration = PostgresPool.Configuration(maxConnections: 1)
        let logger = Logger(label: "statements") { _ in Recorder(lines: lines) }
        configuration.statementObserver = StatementLog(logger, level: .trace, slowAfter: .milliseconds(50), longestText: 30).observer
        let pool = PostgresPool(conninfo: TestServer.url, configuration: configuration)
        try await pool.query("SELECT \(1)")
        try await pool.query("SELECT pg_sleep(0.1), 'a text that is too long to be logged'")
        let lost = await failure { try await pool.query("SELECT pg_terminate_backend(pg_backend_pid())") }
        await pool.close()
        #expect(lines.all.map(\.level) == [.notice, .info])
        #expect(lines.all.first?.metadata["db.query.text"] == "SELECT pg_sleep(0.1), 'a text …")
        #expect(lines.all.first?.metadata["db.response.returned_rows"] == "1")
        #expect(lines.all.last?.metadata["db.response.status_code"] == "57P01" && lost?.sqlState == "57P01")
        #expect(lines.all.last?.metadata["error.type"] == "connection")
    }

    @Test func spansBelongToTheTaskThatAsked() async throws {
        let tracer = InMemoryTracer()
        try await TestServer.with { (connection) async throws in
            await connection.setStatementObserver(StatementTrace(tracer, startsTraces: false).observer)
            try await connection.query("SELECT 'alone'")
            try await tracer.withSpan("request") { _ in
                try await connection.query(" select \(1)")
                _ = await failure { try await connection.query("INSERT INTO nothing VALUES (1)") }
                try await connection.pipeline {
                    $0.add("SELECT 1")
                    $0.add("SELECT 2")
                }
            }
        }
        let spans = tracer.finishedSpans
        #expect(spans.map(\.operationName) == ["SELECT", "INSERT", "PIPELINE", "request"])
        let request = try #require(spans.last)
        #expect(spans.dropLast().allSatisfy { $0.parentSpanID == request.spanID && $0.kind == .client })
        #expect(spans[0].attributes.get("db.query.text") == .string(" select $1"))
        #expect(spans[0].attributes.get("db.system.name") == .string("postgresql") && spans[0].errors.isEmpty)
        #expect(spans[1].attributes.get("db.response.status_code") == .string("42P01") && spans[1].status?.code == .error)
        #expect(spans[2].attributes.get("db.operation.batch.size") == .int64(2))
        #expect(spans.allSatisfy { $0.startInstant.nanosecondsSinceEpoch <= $0.endInstant.nanosecondsSinceEpoch })
    }
}
