import Foundation
import PQClient
import Testing

/// What a transaction is told before it begins, and what it tells when it has ended.
@Suite(.timeLimit(.minutes(2))) struct TransactionOptionsTests {
    private struct Stop: Error {}

    @Test func optionsReachTheServer() async throws {
        let options = TransactionOptions(
            name: "report", isolation: .serializable, readOnly: true, deferrable: true, timeout: .seconds(60))
        try await TestServer.with { connection in
            let row = try await connection.transaction(options) { connection in
                try await connection.query(
                    """
                    SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only'),
                           current_setting('transaction_deferrable')
                    """
                ).single()
            }
            #expect(try row.decode((String, String, String).self) == ("serializable", "on", "on"))
            let error = await failure {
                try await connection.transaction(options) { try await $0.execute("CREATE TABLE nope (i int)") }
            }
            #expect(error?.sqlState == "25006")
        }
    }

    @Test func settingsLastAsLongAsTheTransaction() async throws {
        func settings(_ connection: PostgresConnection) async throws -> [String?] {
            let row = try await connection.query(
                """
                SELECT current_setting('lock_timeout'), COALESCE(current_setting('my.thing', true), ''),
                       current_setting('transaction_isolation')
                """
            ).single()
            return (0..<3).map { row.text($0) }
        }
        try await TestServer.with { connection in
            let options = TransactionOptions(
                isolation: .repeatableRead, settings: ["lock_timeout": "2s", "my.thing": #"it's "this" \ that; COMMIT"#])
            let inside = try await connection.transaction(options) { try await settings($0) }
            #expect(inside == ["2s", #"it's "this" \ that; COMMIT"#, "repeatable read"])
            #expect(try await settings(connection) == ["0", "", "read committed"])
            for name in ["", "a.", "x; y"] {
                #expect(await failure { try await connection.transaction(.init(settings: [name: "1"])) { _ in } } != nil)
                #expect(await connection.transactionStatus == .idle)
            }
        }
    }

    @Test func theSnapshotIsTakenWhenTheBodyLooksUnlessTheIDComesWithBegin() async throws {
        let name = TestServer.unique("t")
        try await TestServer.with { connection in
            try await connection.execute("CREATE TABLE \(name) (id int, n int)")
            for (source, sees) in [(nil, 1), (TransactionOptions.IDSource.withBegin, 1)] {
                let seen = try await connection.transaction(.init(isolation: .repeatableRead, idSource: source)) { connection in
                    try await TestServer.with { try await $0.execute("INSERT INTO \(name) SELECT count(*), 1 FROM \(name)") }
                    return try await connection.query("SELECT count(*) FROM \(identifier: name)").single().get(0, as: Int.self)
                }
                #expect(seen == sees)
            }
        }
    }

    @Test func anObserverIsToldOnce() async throws {
        struct Observer: TransactionObserver {
            let reports = Box<TransactionReport>()
            func transactionEnded(_ report: TransactionReport) { reports.append(report) }
        }
        let observer = Observer()
        try await TestServer.with { connection in
            var tries = 0
            try await connection.transaction(.init(name: "twice", isolation: .serializable, observer: observer)) { connection in
                tries += 1
                if tries == 1 { try await connection.execute("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$") }
                try await Task.sleep(for: .milliseconds(20))
            }
            await #expect(throws: Stop.self) { try await connection.transaction(.init(observer: observer)) { _ in throw Stop() } }
        }
        let pool = PostgresPool(conninfo: TestServer.url, maxConnections: 1)
        try await pool.transaction(.init(name: "pooled", observer: observer)) { _ = try await $0.query("SELECT 1") }
        await pool.close()
        let reports = observer.reports.all
        #expect(reports.map(\.name) == ["twice", nil, "pooled"] && reports.map(\.retries) == [1, 0, 0])
        #expect(reports.map(\.isolation) == [.serializable, nil, nil])
        #expect(reports[0].error == nil && reports[1].error is Stop && reports[0].duration >= .milliseconds(20))
    }
}
