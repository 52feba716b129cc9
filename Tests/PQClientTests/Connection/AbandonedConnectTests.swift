import CLibPQ
import DevCluster
import Foundation
import Testing

@testable import PQClient

/// Connections that are given up leave no thread and no socket behind.
@Suite(.timeLimit(.minutes(3)), .serialized) struct AbandonedConnectTests {
    private func count(_ folder: String) throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/\(folder)").count }

    @Test func aMuteServerKeepsNoThreadAndNoSocket() async throws {
        let silent = try SilentServer(backlog: 512)
        let (opened, threads) = try (count("fd"), count("task"))
        let attempts = (0..<200).map { _ in Task { try await PostgresConnection.connect(silent.conninfo) } }
        #expect(await eventually { try count("task") >= threads + 100 })
        for attempt in attempts { attempt.cancel() }
        for attempt in attempts { #expect(await failure { try await attempt.value }?.kind == .cancelled) }
        // Other suites run meanwhile, and connect too.
        #expect(await eventually { try count("task") < threads + 50 && count("fd") < opened + 100 })
    }

    @Test func neitherDoesAListenerThatCannotReachIt() async throws {
        let silent = try SilentServer(backlog: 512)
        let threads = try count("task")
        let errors = await withTaskGroup(of: PostgresError?.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    await failure {
                        try await PostgresListener.open(silent.conninfo, channels: ["c"], options: .init(timeout: .milliseconds(200)))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(errors.allSatisfy { $0?.kind == .timeout })
        #expect(await eventually { try count("task") < threads + 50 })
    }

    @Test func theNextHostIsTakenWhenOneStaysSilent() async throws {
        let silent = try SilentServer()
        let options = try #require(PQconninfoParse(TestServer.directURL, nil))
        defer { PQconninfoFree(options) }
        var pairs: [String] = ["connect_timeout=1"]
        var ports = "5432"
        var option = options
        while let keyword = option.pointee.keyword {
            switch (String(cString: keyword), option.pointee.val.map { String(cString: $0) }) {
            case (_, nil): break
            case ("host", let value?): pairs.append("host='\(silent.directory),\(value)'")
            case ("port", let value?): ports += ",\(value)"
            case (let name, let value?): pairs.append("\(name)='\(value)'")
            }
            option += 1
        }
        let conninfo = (pairs + ["port='\(ports)'"]).joined(separator: " ")
        let rows = try await TestServer.with(conninfo) { try await $0.query("SELECT 1").rowCount }
        #expect(rows == 1)
        let alone = await failure { try await PostgresConnection.connect(silent.conninfo + " connect_timeout=1") }
        #expect(alone?.kind == .connection && alone?.message.contains("connect_timeout") == true)
    }

    /// A server that accepts the connection and then says nothing more.
    @Test func aServerThatFallsSilentAfterTheHandshakeCanBeLeft() async throws {
        let proxy = try FaultProxy(server: TestServer.directURL) {
            $0.sender == .client && $0.type == UInt8(ascii: "Q") ? .silence : .forward
        }
        defer { proxy.stop() }
        let attempt = Task { try await PostgresConnection.connect(proxy.url) }
        #expect(await eventually { proxy.liveConnections == 1 })
        try await Task.sleep(for: .milliseconds(200))
        attempt.cancel()
        #expect(await failure { try await attempt.value }?.kind == .cancelled)
    }
}
