import Foundation
import PQClient
import Testing

@testable import DomainFlow

@Suite(.timeLimit(.minutes(2))) struct RecordingTests {
    private struct Stop: Error {}

    @Test func whatWasCountedIsWrittenByTheFlush() async throws {
        let pool = try await FacadeDatabase.shared.pool()
        let recorder = TransactionRecorder(pool: pool, slow: .seconds(3600))
        let database = DomainFlowClient(pool, recorder: recorder)
        let name = "recording-\(UUID().uuidString)"
        let campaign = UUID()
        for _ in 0..<5 {
            try await database.transaction(.init(name: name, isolation: .serializable), campaignID: campaign, correlationID: "fast") {
                _ = try await $0.version()
            }
        }
        await #expect(throws: Stop.self) {
            try await database.transaction(.init(name: name), correlationID: "failed") { _ in throw Stop() }
        }
        recorder.record(TransactionReport(name: name, duration: .seconds(3601), retries: 0), correlationID: "slow")
        // A transaction without a name is not counted.
        try await database.transaction { _ in }
        #expect(recorder.statistics.recorded == 7 && recorder.statistics.written == 0)
        try await recorder.flush()
        #expect(recorder.statistics.written == 7 && recorder.statistics.buffered == 0 && recorder.statistics.dropped == 0)

        let stats = try #require(try await database.transactionPerformanceStats(operationName: name).first)
        #expect(stats.total == 7 && stats.successful == 6 && stats.failed == 1 && stats.maxMS >= 3_600_000)
        #expect(try await database.transactionPerformanceStats(operationName: name, campaignID: campaign).first?.total == 5)
        let rows = try await pool.withConnection { connection in
            try await connection.query(
                """
                SELECT correlation_id, error_message, isolation_level, sum(transactions) FROM domainflow.transaction_metric
                 WHERE operation_name = \(name) GROUP BY 1, 2, 3 ORDER BY 1 NULLS FIRST
                """
            ).decode((String?, String?, String?, Int).self)
        }
        #expect(rows.map(\.0) == [nil, "failed", "slow"] && rows.map(\.3) == [5, 1, 1])
        #expect(rows[0].2 == "serializable" && rows[1].1?.hasPrefix("SYS_INTERNAL: ") == true && rows[2].1 == nil)
    }

    @Test func countsKeepTotalsAndStayNearTheDurations() async throws {
        let pool = try await FacadeDatabase.shared.pool()
        let recorder = TransactionRecorder(pool: pool)
        let name = "recording-\(UUID().uuidString)"
        var generator = SystemRandomNumberGenerator()
        let durations = (0..<5000).map { _ in Double.random(in: 0.05...50, using: &generator) }.sorted()
        for duration in durations { recorder.record(TransactionReport(name: name, duration: .milliseconds(duration), retries: 0)) }
        #expect(recorder.statistics.buffered < 400)
        try await recorder.flush()
        let stats = try #require(try await DomainFlowClient(pool).transactionPerformanceStats(operationName: name).first)
        func near(_ value: Double, _ exact: Double, _ part: Double) -> Bool { abs(value - exact) <= exact * part }
        #expect(stats.total == 5000)
        #expect(near(stats.averageMS, durations.reduce(0, +) / 5000, 1e-6))
        #expect(near(stats.p50MS, durations[2500], 0.021) && near(stats.p95MS, durations[4750], 0.021))
        #expect(near(stats.p99MS, durations[4950], 0.021) && near(stats.maxMS, durations[4999], 0.02))
    }

    @Test func theBufferIsBoundedAndSaysWhatItDropped() async throws {
        let pool = try await FacadeDatabase.shared.pool()
        let recorder = TransactionRecorder(pool: pool, capacity: 10)
        let prefix = "recording-\(UUID().uuidString)-"
        for n in 0..<25 { recorder.record(TransactionReport(name: "\(prefix)\(n % 20)", duration: .milliseconds(1))) }
        #expect(recorder.statistics == .init(recorded: 15, written: 0, dropped: 10, buffered: 10))
        try await recorder.flush()
        #expect(recorder.statistics == .init(recorded: 15, written: 15, dropped: 10, buffered: 0))
    }

    @Test func whatCouldNotBeWrittenWaitsForTheNextFlush() async throws {
        let nowhere = PostgresPool(conninfo: "host=/nowhere", configuration: .init(acquireTimeout: .milliseconds(50)))
        let recorder = TransactionRecorder(pool: nowhere)
        for retries in [0, 1, 1] { recorder.record(TransactionReport(name: "nowhere", duration: .milliseconds(1), retries: retries)) }
        await #expect(throws: DomainFlowError.self) { try await recorder.flush() }
        #expect(recorder.statistics == .init(recorded: 3, written: 0, dropped: 0, buffered: 2))
        await nowhere.close()
    }

    @Test func aRowThatIsRefusedHoldsNoOthersBack() async throws {
        let pool = try await FacadeDatabase.shared.pool()
        let recorder = TransactionRecorder(pool: pool)
        let name = "recording-\(UUID().uuidString)"
        // The server refuses the retry count, and with it the whole statement.
        for retries in [0, 1, -1, 2, 3] {
            recorder.record(TransactionReport(name: name, duration: .milliseconds(1), retries: retries))
        }
        await #expect(throws: DomainFlowError.self) { try await recorder.flush() }
        #expect(recorder.statistics == .init(recorded: 5, written: 4, dropped: 1, buffered: 0))
        let odd = PostgresError(.server, "a\0b\0\u{301}", sqlState: "XX000")
        recorder.record(TransactionReport(name: name + "\0", duration: .milliseconds(1), error: odd), correlationID: "c\0")
        try await recorder.flush()
        #expect(recorder.statistics.written == 5)
        #expect(try await DomainFlowClient(pool).transactionPerformanceStats(operationName: name).first?.total == 5)
    }

    @Test func runWritesFromTimeToTimeAndAtTheEnd() async throws {
        let pool = try await FacadeDatabase.shared.pool()
        let name = "recording-\(UUID().uuidString)"
        let often = TransactionRecorder(pool: pool, interval: .milliseconds(20))
        often.record(TransactionReport(name: name, duration: .milliseconds(1)))
        let task = Task { try await often.run() }
        for _ in 0..<1000 where often.statistics.written == 0 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(often.statistics.written == 1)
        task.cancel()
        try await task.value

        let rarely = TransactionRecorder(pool: pool, interval: .seconds(3600))
        let service = Task { try await rarely.run() }
        for _ in 0..<10 { rarely.record(TransactionReport(name: name, duration: .milliseconds(1))) }
        service.cancel()
        try await service.value
        #expect(rarely.statistics.written == 10)
        #expect(try await DomainFlowClient(pool).transactionPerformanceStats(operationName: name).first?.total == 11)
    }
}
