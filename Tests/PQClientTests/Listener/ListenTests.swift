import Foundation
import Testing

@testable import PQClient

@Suite(.timeLimit(.minutes(2)), .needsSession("LISTEN belongs to a session, and the pooler gives that to others")) struct ListenTests {
    private func notify(_ channel: String, _ payloads: String...) async throws {
        try await TestServer.with { connection in
            for payload in payloads { try await connection.query("SELECT pg_notify(\(channel), \(payload))") }
        }
    }

    @Test func notificationsArrive() async throws {
        let (one, two) = (TestServer.unique("One \"x\" "), TestServer.unique("two"))
        let listener = try await PostgresListener.open(TestServer.url, channels: [one], applicationName: "listener")
        var events = listener.makeAsyncIterator()
        try await notify(one, "a", "b")
        for payload in ["a", "b"] {
            guard case .notification(let notification) = await events.next() else {
                Issue.record("no notification")
                return
            }
            #expect(notification.channel == one && notification.payload == payload)
        }
        try await listener.listen(two)
        try await listener.unlisten(one)
        try await notify(one, "not heard")
        try await notify(two, "c")
        guard case .notification(let last) = await events.next() else {
            Issue.record("no notification")
            return
        }
        #expect(last.channel == two && last.payload == "c")
        listener.close()
        #expect(await events.next() == nil)
        #expect(await failure { try await listener.listen("x") }?.kind == .connection)
    }

    @Test func aLostConnectionIsReplacedAndTheGapIsSaid() async throws {
        let channel = TestServer.unique("c")
        let options = PostgresListener.Options(backoff: Backoff(base: .milliseconds(5), cap: .milliseconds(50)))
        let listener = try await PostgresListener.open(TestServer.url, channels: [channel], options: options)
        var events = listener.makeAsyncIterator()
        for round in 0..<3 {
            let pid = try #require(listener.backendPID)
            try await TestServer.with { _ = try await $0.query("SELECT pg_terminate_backend(\(pid))") }
            guard case .disconnected(let reason) = await events.next() else {
                Issue.record("no loss in round \(round)")
                return
            }
            #expect(reason.kind == .connection)
            #expect(await events.next() == .mayHaveMissed(reason))
            // It listens again when it says so.
            try await notify(channel, "again \(round)")
            guard case .notification(let notification) = await events.next() else {
                Issue.record("deaf")
                return
            }
            #expect(notification.payload == "again \(round)" && listener.backendPID != pid)
        }
        listener.close()
    }

    @Test func whyItCannotComeBackIsSaidOnce() async throws {
        let (role, channel) = (TestServer.unique("r"), TestServer.unique("c"))
        try await TestServer.with { try await $0.execute("CREATE ROLE \(role) LOGIN") }
        let listener = try await PostgresListener.open(
            TestServer.url.replacing(/(user=|:\/\/)[a-z0-9_]+/) { "\($0.1)\(role)" }, channels: [channel],
            options: .init(backoff: Backoff(base: .milliseconds(5), cap: .milliseconds(20))))
        var events = listener.makeAsyncIterator()
        let pid = try #require(listener.backendPID)
        try await TestServer.with { connection in
            try await connection.execute("ALTER ROLE \(role) NOLOGIN; SELECT pg_terminate_backend(\(pid))")
            guard case .disconnected(let reason) = await events.next(), case .disconnected(let obstacle) = await events.next() else {
                Issue.record("not said")
                return
            }
            #expect(obstacle.message.contains("is not permitted to log in"))
            // It goes on trying, and has nothing new to say.
            try await Task.sleep(for: .milliseconds(300))
            try await connection.execute("ALTER ROLE \(role) LOGIN")
            #expect(await events.next() == .mayHaveMissed(reason))
        }
        listener.close()
        #expect(await failure { try await listener.listen(channel) }?.kind == .connection)
    }

    @Test(arguments: ["", String(repeating: "é", count: 32), "a\0b"]) func namesThatNobodyCanNotifyAreRefused(channel: String) async throws
    {
        #expect(await failure { try await PostgresListener.open(TestServer.url, channels: [channel]) }?.kind == .usage)
        let listener = try await PostgresListener.open(TestServer.url, channels: [String(repeating: "x", count: 63)])
        #expect(await failure { try await listener.listen(channel) }?.kind == .usage)
        listener.close()
    }

    @Test func theWaitsGrowUntilAConnectionLasts() {
        let backoff = Backoff(base: .seconds(1), cap: .seconds(60))
        var reconnection = Reconnection(backoff: backoff, lasting: .seconds(30))
        for attempt in 1...3 {
            #expect(reconnection.nextDelay() <= backoff.bound(attempt: attempt) && reconnection.attempt == attempt)
        }
        reconnection.lost(after: .seconds(29))
        #expect(reconnection.attempt == 3)
        reconnection.lost(after: .seconds(30))
        #expect(reconnection.attempt == 0)
        let (one, other) = (PostgresError(.connection, "one"), PostgresError(.connection, "other"))
        var news: [Bool] = []
        for failure in [one, one, other, one] { news.append(reconnection.isNews(failure)) }
        reconnection.lost(after: .zero)
        news.append(reconnection.isNews(one))
        #expect(news == [true, false, true, true, true])
    }

    @Test func aServerWithoutASignOfLifeIsGivenUp() async throws {
        let listener = try await PostgresListener.open(
            TestServer.url, channels: ["c"],
            options: .init(heartbeat: .milliseconds(50), timeout: .seconds(3), backoff: Backoff(base: .milliseconds(5))))
        var events = listener.makeAsyncIterator()
        let pid = try #require(listener.backendPID)
        // A stopped process keeps its socket open and says nothing, as a machine that lost its power does.
        kill(pid, SIGSTOP)
        guard case .disconnected(let reason) = await events.next() else {
            Issue.record("not noticed")
            return
        }
        kill(pid, SIGCONT)
        #expect(reason.message.contains("sign of life"))
        #expect(await events.next() == .mayHaveMissed(reason))
        listener.close()
    }

    @Test func cancellingTheTaskEndsTheSequence() async throws {
        let listener = try await PostgresListener.open(TestServer.url, channels: ["c"])
        let task = Task { for await _ in listener {} }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        await task.value
        let pid = try #require(listener.backendPID)
        #expect(try await TestServer.with { try await $0.query("SELECT 1 FROM pg_stat_activity WHERE pid = \(pid)").rowCount } == 1)
    }

    @Test func aDroppedListenerClosesItsConnection() async throws {
        let name = TestServer.unique("dropped")
        _ = try await PostgresListener.open(TestServer.url, channels: ["c"], applicationName: name)
        try await TestServer.with { connection in
            #expect(
                await eventually {
                    try await connection.query("SELECT 1 FROM pg_stat_activity WHERE application_name = \(name)").isEmpty
                })
        }
    }

    @Test func openingFailsWithTheReason() async throws {
        #expect(await failure { try await PostgresListener.open("host=/nonexistent", channels: []) }?.kind == .connection)
        let listener = try await PostgresListener.open(TestServer.url, channels: [])
        #expect(listener.backendPID != nil)
        listener.close()
    }

    @Test func theBufferIsBoundedAndSaysSo() async throws {
        let buffer = ListenerBuffer(limit: 3)
        let lost = PostgresError(.connection, "x")
        for _ in 0..<5 { buffer.add(.mayHaveMissed(lost)) }
        // Losses are few, and never dropped.
        for _ in 0..<5 { #expect(await buffer.next() == .mayHaveMissed(lost)) }
        let channel = TestServer.unique("c")
        let listener = try await PostgresListener.open(TestServer.url, channels: [channel], options: .init(bufferSize: 3))
        try await TestServer.with { connection in
            try await connection.execute((1...10).map { "NOTIFY \(channel), '\($0)'" }.joined(separator: "; "))
        }
        // The last of them has come when a later sign of life has been answered on the same connection.
        try await listener.listen("other")
        var seen: [String] = []
        var events = listener.makeAsyncIterator()
        for _ in 0..<4 {
            switch await events.next() {
            case .notification(let notification): seen.append(notification.payload)
            case .mayHaveMissed(let error): seen.append(error.message.contains("more than 3") ? "missed" : "?")
            default: seen.append("?")
            }
        }
        #expect(seen == ["1", "2", "3", "missed"])
        try await notify(channel, "11")
        guard case .notification(let next) = await events.next() else {
            Issue.record("deaf")
            return
        }
        #expect(next.payload == "11")
        listener.close()
    }
}

@Suite struct PooledListenTests {
    @Test(.enabled(if: TestServer.isPooled, "only tools/pgbouncer.sh puts a pooler between"))
    func listeningThroughAPoolerIsRefusedWithTheReason() async throws {
        let error = await failure { try await PostgresListener.open(TestServer.url, channels: ["one"]) }
        #expect(error?.kind == .usage && error?.detail?.contains("there is a pooler in between") == true)
    }
}
