import Foundation
import Testing

@testable import PQClient

@Suite(.timeLimit(.minutes(3))) struct PipelineTests {
    @Test func resultsComeInOrder() async throws {
        try await TestServer.with { connection in
            let results = try await connection.pipeline { pipeline in
                for i in 0..<1000 { pipeline.add("SELECT \(i)::int, \("text \(i)")") }
            }
            #expect(results.count == 1000)
            for (i, result) in results.enumerated() {
                #expect(try result.single().decode((Int, String).self) == (i, "text \(i)"))
            }
            #expect(try await connection.pipeline { _ in }.isEmpty)
            #expect(try await connection.query("SELECT 7").single().get(0, as: Int.self) == 7)
        }
    }

    /// Both directions carry far more than the socket's buffers hold: a client that writes first and reads then never ends.
    @Test func neitherSideWaitsForTheOther() async throws {
        try await TestServer.with { connection in
            let text = String(repeating: "x", count: 20_000)
            let results = try await connection.pipeline { pipeline in
                for _ in 0..<1000 { pipeline.add("SELECT \(text)") }
            }
            #expect(results.count == 1000 && results.allSatisfy { $0[0].text(0)?.utf8.count == 20_000 })
        }
    }

    /// Whether the server makes room between two looks at the socket is chance: many pipelines, each of which fills it once.
    @Test(.timeLimit(.minutes(1))) func aSocketThatHasRoomAgainIsFedOn() async throws {
        try await TestServer.with { connection in
            let text = String(repeating: "x", count: 20_000)
            for _ in 0..<400 {
                let results = try await connection.pipeline { pipeline in
                    for _ in 0..<20 { pipeline.add("SELECT length(\(text))") }
                }
                #expect(results.count == 20)
            }
        }
    }

    @Test func anErrorEndsItsUnitAndSaysWhere() async throws {
        try await TestServer.with { connection in
            try await connection.execute("CREATE TABLE pipelined_1 (i int)")
            var pipeline = PostgresPipeline()
            for statement in ["1", "2", "'x'", "4"] { pipeline.add("INSERT INTO pipelined_1 VALUES (\(unescaped: statement)::int)") }
            let error = try #require(await failure { try await connection.pipeline(pipeline) })
            #expect(error.sqlState == "22P02" && error.detail?.contains("statement 3 of 4") == true)
            let outcomes = try await connection.outcomes(of: pipeline)
            #expect(outcomes.map { $0.failure?.sqlState } == [nil, nil, "22P02", "25P02"])
            #expect(outcomes[3].failure?.message.contains("statement 3") == true)
            #expect(try await connection.query("SELECT count(*) FROM pipelined_1").single().get(0, as: Int.self) == 0)
            #expect(await connection.transactionStatus == .idle)
        }
    }

    @Test func unitsStandAlone() async throws {
        try await TestServer.with { connection in
            try await connection.execute("CREATE TABLE pipelined_2 (i int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
            var pipeline = PostgresPipeline()
            pipeline.endUnit()
            for value in [1, 1, 2] {
                pipeline.add("INSERT INTO pipelined_2 VALUES (\(value))")
                pipeline.endUnit()
            }
            pipeline.add("SELECT 1/0")
            pipeline.add("INSERT INTO pipelined_2 VALUES (3)")
            pipeline.endUnit()
            pipeline.add("INSERT INTO pipelined_2 VALUES (4)")
            let outcomes = try await connection.outcomes(of: pipeline)
            // The second violates its constraint only at the end of its unit.
            #expect(outcomes.map { $0.failure?.sqlState } == [nil, "23505", nil, "22012", "25P02", nil])
            let left: [Int] = try await connection.query("SELECT i FROM pipelined_2 ORDER BY 1").map { try $0.get(0) }
            #expect(left == [1, 2, 4])
        }
    }

    @Test func itIsPartOfAnOpenTransaction() async throws {
        try await TestServer.with { connection in
            try await connection.execute("CREATE TABLE pipelined_3 (i int)")
            try await connection.transaction { connection in
                try await connection.pipeline { $0.add("INSERT INTO pipelined_3 VALUES (1)") }
                try await connection.pipeline { $0.add("INSERT INTO pipelined_3 VALUES (2)") }
            }
            let error = await failure {
                try await connection.transaction { connection in
                    _ = try await connection.outcomes(
                        of: {
                            var p = PostgresPipeline()
                            p.add("SELECT 1/0")
                            return p
                        }())
                }
            }
            #expect(error?.sqlState == "22012")
            #expect(try await connection.query("SELECT count(*) FROM pipelined_3").single().get(0, as: Int.self) == 2)
        }
    }

    @Test(.needsSession("named statements live in a session"))
    func namedStatementsArePreparedOnTheWay() async throws {
        try await TestServer.with { connection in
            for _ in 0..<2 {
                let results = try await connection.pipeline { pipeline in
                    for i in 0..<50 { pipeline.add("SELECT \(i)::int", named: "p") }
                }
                #expect(try results.map { try $0.single().get(0, as: Int.self) } == Array(0..<50))
            }
            let prepared = try await connection.query("SELECT count(*) FROM pg_prepared_statements WHERE name = 'p'")
            #expect(try prepared.single().get(0, as: Int.self) == 1)
            // A PREPARE that was skipped is made up for in the next unit.
            var pipeline = PostgresPipeline()
            pipeline.add("SELECT 1/0")
            pipeline.add("SELECT 5", named: "q")
            pipeline.endUnit()
            pipeline.add("SELECT 5", named: "q")
            let outcomes = try await connection.outcomes(of: pipeline)
            #expect(outcomes.map { $0.failure?.sqlState } == ["22012", "25P02", nil])
            // One that the server lost is prepared again after the error.
            try await connection.execute("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$")
            let lost = await failure { try await connection.pipeline { $0.add("SELECT \(1)::int", named: "p") } }
            #expect(lost?.sqlState == "26000")
            #expect(try await connection.pipeline { $0.add("SELECT \(1)::int", named: "p") }.count == 1)
        }
    }

    @Test func aStatementThatCannotBeSentFailsItsUnit() async throws {
        try await TestServer.with { connection in
            try await connection.execute("CREATE TABLE pipelined_4 (s text)")
            var pipeline = PostgresPipeline()
            pipeline.add("INSERT INTO pipelined_4 VALUES ('before')")
            pipeline.add("INSERT INTO pipelined_4 VALUES (\("a\0b"))")
            pipeline.add("INSERT INTO pipelined_4 VALUES ('after')")
            let outcomes = try await connection.outcomes(of: pipeline)
            #expect(outcomes[1].failure?.kind == .usage && outcomes[2].failure?.sqlState == "25P02")
            #expect(try await connection.query("SELECT count(*) FROM pipelined_4").single().get(0, as: Int.self) == 0)
        }
    }

    @Test func cancellingStopsItAndCommitsNoHalfUnit() async throws {
        try await TestServer.with { connection in
            try await connection.execute("CREATE TABLE pipelined_5 (i int)")
            for delay in [0, 5, 30, 60] {
                let task = Task {
                    try await connection.pipeline { pipeline in
                        for i in 0..<2000 { pipeline.add("INSERT INTO pipelined_5 SELECT \(i)::int FROM pg_sleep(0.01)") }
                    }
                }
                try await Task.sleep(for: .milliseconds(delay))
                task.cancel()
                #expect(await failure { try await task.value }?.kind == .cancelled)
                #expect(try await connection.query("SELECT count(*) FROM pipelined_5").single().get(0, as: Int.self) == 0)
            }
        }
    }

    @Test(.needsSession("a server process is ended by its pid, which the pooler keeps to itself"))
    func aLostConnectionLeavesUnconfirmedUnitsOpen() async throws {
        let connection = try await TestServer.connect()
        let pid = connection.backendPID
        var pipeline = PostgresPipeline()
        pipeline.add("SELECT 1")
        pipeline.endUnit()
        pipeline.add("SELECT 2")
        pipeline.add("SELECT pg_terminate_backend(\(pid)), pg_sleep(60)")
        pipeline.add("SELECT 3")
        let outcomes = try await connection.outcomes(of: pipeline)
        #expect(try outcomes[0].get().rowCount == 1)
        #expect(outcomes.count == 4 && outcomes[1...].allSatisfy { $0.failure?.kind == .connection })
        #expect(await failure { try await connection.pipeline(pipeline) }?.kind == .connection)
    }

    @Test func copyIsRefused() async throws {
        let connection = try await TestServer.connect()
        #expect(await failure { try await connection.pipeline { $0.add("COPY (SELECT 1) TO STDOUT") } }?.message.contains("COPY") == true)
        #expect(!connection.isOpen)
    }

    // MARK: The state machine, without a server

    private typealias Progress = PipelineProgress<Int>

    /// A server that follows the protocol's rules, fed at random; every statement gets the outcome those rules give it.
    @Test(arguments: (0..<30).map { _ in UInt64.random(in: 0...UInt64.max) })
    func everyAnswerFindsItsStatement(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        let count = Int.random(in: 1...60, using: &random)
        var progress = Progress(count: count)
        var expected: [String] = []
        var queue: [(Progress.Step, fails: Bool)] = []
        var next = 0
        var skipping = false
        func answerOne() {
            let (step, fails) = queue.removeFirst()
            #expect(progress.current == step, "seed \(seed)")
            switch step {
            case .endUnit:
                skipping = false
                #expect(progress.receive(.unitEnded) && !progress.endAnswer(), "seed \(seed)")
            case .prepare(let i), .execute(let i):
                let answer: Progress.Answer = skipping ? .skipped : fails ? .error(PostgresError(.server, "e\(i)")) : .value(i)
                if fails { skipping = true }
                #expect(progress.receive(answer) && progress.endAnswer() && !progress.endAnswer(), "seed \(seed)")
            }
        }
        var failedUnit = false
        while next < count || !queue.isEmpty {
            if next < count, Bool.random(using: &random) {
                let fails = Int.random(in: 0..<8, using: &random) == 0
                let ends = Int.random(in: 0..<5, using: &random) == 0 || next == count - 1
                if progress.isUnitLost {
                    #expect(failedUnit, "seed \(seed)")
                    progress.skip(next)
                    expected.append("skipped")
                } else {
                    if Int.random(in: 0..<3, using: &random) == 0 {
                        progress.sent(.prepare(next))
                        queue.append((.prepare(next), false))
                    }
                    progress.sent(.execute(next))
                    queue.append((.execute(next), fails))
                    expected.append(failedUnit ? "skipped" : fails ? "e\(next)" : "\(next)")
                    failedUnit = failedUnit || fails
                }
                if ends {
                    progress.sent(.endUnit)
                    queue.append((.endUnit, false))
                    failedUnit = false
                }
                next += 1
            } else if !queue.isEmpty {
                answerOne()
            }
        }
        let outcomes = progress.outcomes.map { outcome in
            switch outcome {
            case .success(let value): "\(value)"
            case .failure(let error): error.sqlState == "25P02" ? "skipped" : error.message
            case nil: "none"
            }
        }
        #expect(outcomes == expected, "seed \(seed)")
        #expect(progress.current == nil && !progress.receive(.value(1)), "seed \(seed)")
    }
}
