import Foundation
import Testing

@testable import PQClient

@Suite(.timeLimit(.minutes(2))) struct ConnectionTests {
    @Test func connectingFailsWithTheServersWords() async throws {
        let nobody = await failure { try await PostgresConnection.connect("host=/nonexistent dbname=x") }
        #expect(nobody?.kind == .connection && nobody?.message.contains("/nonexistent") == true)
        let noDatabase = await failure { try await PostgresConnection.connect(TestServer.url + "&dbname=zzz") }
        #expect(noDatabase?.kind == .connection && noDatabase?.message.contains("zzz") == true)
        #expect(await failure { try await PostgresConnection.connect("nonsense=1") }?.kind == .connection)
    }

    @Test func theApplicationNameIsSet() async throws {
        let connection = try await TestServer.connect("my name")
        let row = try await connection.query("SELECT current_setting('application_name'), pg_backend_pid()").single()
        let (name, pid) = try row.decode((String, Int32).self)
        // A pooler answers with a pid of its own making.
        #expect(name == "my name" && (pid == connection.backendPID) != TestServer.isPooled)
        await connection.close()
        let plain = try await PostgresConnection.connect(TestServer.url, on: EventThread(name: "own"))
        #expect(try await plain.query("SHOW application_name").single().text(0) == "domainflow")
        await plain.close()
    }

    @Test func connectingToASilentServerCanBeCancelled() async throws {
        let silent = try SilentServer()
        let task = Task { try await PostgresConnection.connect(silent.conninfo) }
        try await Task.sleep(for: .milliseconds(100))
        task.cancel()
        #expect(await failure { try await task.value }?.kind == .cancelled)
    }

    @Test func aCancelledTaskConnectsNowhere() async {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await TestServer.connect()
        }
        #expect(await failure { try await task.value }?.kind == .cancelled)
    }

    @Test func cancellingATaskCancelsItsStatementOnly() async throws {
        try await TestServer.with { connection in
            for _ in 0..<20 {
                let task = Task { try await connection.query("SELECT pg_sleep(3600)") }
                let waiting = Task { try await connection.query("SELECT 2") }
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...20)))
                task.cancel()
                let error = await failure { try await task.value }
                #expect(error?.kind == .cancelled)
                // The one behind it is not hit.
                #expect(try await waiting.value.rowCount == 1)
                #expect(try await connection.query("SELECT 3").rowCount == 1)
            }
        }
    }

    @Test(arguments: [false, true]) func aCancelAtAnyMomentArrives(onTheThread: Bool) async throws {
        try await TestServer.with { connection in
            for round in 0..<300 {
                let task = Task {
                    guard onTheThread else { return try await connection.query("SELECT pg_sleep(3600)") }
                    return try await connection.run { connection in
                        if round % 3 == 0 { try await connection.query("SELECT 1") }
                        return try await connection.query("SELECT pg_sleep(3600)")
                    }
                }
                // From before the task begins to after its statement is on the wire.
                for _ in 0..<(round % 60) { await Task.yield() }
                task.cancel()
                #expect(await failure { try await task.value }?.kind == .cancelled)
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func childTasksOnTheThreadAreCancelledAlone() async throws {
        try await TestServer.with { connection in
            try await connection.run { connection in
                try await connection.query("SELECT 1")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        let error = await failure { try await connection.query("SELECT pg_sleep(3600)") }
                        #expect(error?.kind == .cancelled)
                    }
                    try await Task.sleep(for: .milliseconds(20))
                    group.cancelAll()
                    try await group.waitForAll()
                }
                // Neither its task nor its connection has come to harm. A second `run` inside changes nothing.
                #expect(try await connection.run { try await $0.query("SELECT 2") }.rowCount == 1)
                #expect(try await connection.query("SELECT 3").rowCount == 1)
            }
        }
    }

    /// From threads of the pool, from the connection's thread and through its actor, all on one thread.
    @Test(.timeLimit(.minutes(1))) func statementsFromEverywhereGetTheirOwnAnswers() async throws {
        let thread = EventThread(name: "shared")
        var connections: [PostgresConnection] = []
        for _ in 0..<3 { connections.append(try await PostgresConnection.connect(TestServer.url, on: thread)) }
        let text = String(repeating: "x", count: 300_000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, connection) in connections.enumerated() {
                for kind in 0..<4 {
                    group.addTask {
                        @Sendable func ask(_ number: Int, _ connection: PostgresConnection) async throws {
                            let long = number % 50 == kind ? text : ""
                            let row = try await connection.query("SELECT \(number)::int, \(long)").single()
                            #expect(try row.get(0, as: Int.self) == number && row.text(1) == long)
                        }
                        for number in (index * 10_000)..<(index * 10_000 + 200) {
                            switch kind {
                            case 0: try await connection.run { try await ask(number, $0) }
                            case 1: try await connection.pipeline { $0.add("SELECT \(number)::int") }
                            default: try await ask(number, connection)
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        for connection in connections { await connection.close() }
    }

    @Test func aWaitingStatementIsTakenOut() async throws {
        try await TestServer.with { connection in
            let slow = Task { try await connection.query("SELECT pg_sleep(3600)") }
            #expect(await eventually { await connection.transactionStatus == .active })
            let waiting = Task { try await connection.query("SELECT 1/0") }
            try await Task.sleep(for: .milliseconds(50))
            waiting.cancel()
            #expect(await failure { try await waiting.value }?.kind == .cancelled)
            // The one before it goes on.
            #expect(await connection.transactionStatus == .active)
            slow.cancel()
            _ = await failure { try await slow.value }
        }
    }

    @Test func cancelStopsWhatRuns() async throws {
        try await TestServer.with { connection in
            await connection.cancel()
            let slow = Task { try await connection.query("SELECT pg_sleep(3600)") }
            #expect(await eventually { await connection.transactionStatus == .active })
            await connection.cancel()
            #expect(await failure { try await slow.value }?.kind == .cancelled)
        }
    }

    @Test(.needsSession("a server process is ended by its pid, which the pooler keeps to itself"))
    func aTerminatedBackendIsNoticed() async throws {
        let connection = try await TestServer.connect()
        let slow = Task { try await connection.query("SELECT pg_sleep(3600)") }
        #expect(await eventually { await connection.transactionStatus == .active })
        let waiting = Task { try await connection.query("SELECT 1") }
        try await Task.sleep(for: .milliseconds(50))
        let pid = connection.backendPID
        try await TestServer.with { _ = try await $0.query("SELECT pg_terminate_backend(\(pid))") }
        let error = await failure { try await slow.value }
        #expect(error?.kind == .connection && error?.sqlState == "57P01")
        #expect(await failure { try await waiting.value }?.kind == .connection)
        #expect(!connection.isOpen)
        #expect(await failure { try await connection.query("SELECT 1") }?.kind == .connection)
        #expect(await connection.transactionStatus == .unknown)
        await connection.cancel()
        await connection.close()
    }

    @Test(.needsSession("the pooler keeps its client when the server process ends"))
    func anIdleConnectionNoticesTheEnd() async throws {
        let connection = try await TestServer.connect()
        let pid = connection.backendPID
        try await TestServer.with { _ = try await $0.query("SELECT pg_terminate_backend(\(pid))") }
        #expect(await eventually { !connection.isOpen })
        let error = await failure { try await connection.copyIn("COPY t FROM STDIN", rows: []) }
        #expect(error?.kind == .connection)
    }

    @Test func closingFailsWhatIsUnderWay() async throws {
        let connection = try await TestServer.connect()
        let slow = Task { try await connection.query("SELECT pg_sleep(3600)") }
        #expect(await eventually { await connection.transactionStatus == .active })
        await connection.close()
        #expect(await failure { try await slow.value }?.kind == .connection)
        await connection.close()
    }

    @Test func aForgottenConnectionIsClosed() async throws {
        let pid = try await TestServer.connect().backendPID
        try await TestServer.with { connection in
            #expect(
                await eventually { try await connection.query("SELECT 1 FROM pg_stat_activity WHERE pid = \(pid)").isEmpty })
        }
    }

    @Test func largeStatementsAndResultsPass() async throws {
        try await TestServer.with { connection in
            let text = String(repeating: "0123456789", count: 300_000)
            let row = try await connection.query("SELECT \(text), length(\(text))").single()
            #expect(try row.get(1, as: Int.self) == 3_000_000)
            #expect(row.text(0)?.count == 3_000_000)
        }
    }

    @Test func theEventThreadRunsTasks() async throws {
        try await TestServer.with { connection in
            let on = try await connection.run { connection in
                _ = try await connection.query("SELECT 1")
                return (connection.eventThread.isCurrent, connection.session.isIsolatingCurrentContext() == true)
            }
            #expect(on == (true, false))
            #expect(await connection.isOnItsThread)
            #expect(connection.session.isIsolatingCurrentContext() == false)
        }
    }

    @Test func timersFireInOrderUnlessCancelled() async throws {
        let thread = EventThread(name: "timers")
        let fired = Box<Int>()
        thread.execute {
            for delay in [30, 10, 20, 10] { thread.schedule(after: .milliseconds(delay)) { fired.append(delay) } }
            thread.schedule(after: .milliseconds(15)) { fired.append(15) }.cancel()
        }
        #expect(await eventually { fired.all.count == 4 })
        #expect(fired.all == [10, 10, 20, 30])
    }
}

extension PostgresConnection {
    fileprivate var isOnItsThread: Bool {
        assertIsolated()
        return eventThread.isCurrent && session.isIsolatingCurrentContext() == true
    }
}
