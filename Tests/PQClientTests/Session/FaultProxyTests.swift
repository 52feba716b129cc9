import Foundation
import Testing

@testable import DevCluster
@testable import PQClient

@Suite(.timeLimit(.minutes(2))) struct FaultProxyTests {
    private func message(_ type: Character, _ text: String) -> [UInt8] {
        let body = Array(text.utf8)
        let length = UInt32(body.count + 4)
        return [type.asciiValue!] + withUnsafeBytes(of: length.bigEndian, Array.init) + body
    }

    private func opening(_ code: UInt32) -> [UInt8] {
        [0, 0, 0, 8] + withUnsafeBytes(of: code.bigEndian, Array.init)
    }

    @Test(arguments: [1, 2, 3, 7, 1000]) func piecesOfAnySizeGiveTheSameMessages(size: Int) {
        let sent = [
            opening(MessageSplitter.sslRequest), opening(196_608), message("Q", "SELECT 1\0"), message("S", ""),
            message("Q", String(repeating: "x", count: 300) + "\0"),
        ]
        let bytes = sent.flatMap { $0 }
        var splitter = MessageSplitter(opening: true)
        var found: [[UInt8]] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            splitter.feed(bytes[start..<min(start + size, bytes.count)])
            while let frame = splitter.next() { found.append(frame.bytes) }
        }
        #expect(found == sent)
    }

    @Test func knowsACommit() {
        func isCommit(_ bytes: [UInt8]) -> Bool? {
            var splitter = MessageSplitter(opening: false)
            splitter.feed(bytes)
            return splitter.next().map { $0.lastWord == "COMMIT" }
        }
        #expect(isCommit(message("Q", "COMMIT\0")) == true)
        #expect(isCommit(message("Q", "SELECT pg_current_xact_id_if_assigned(); commit; \0")) == true)
        #expect(isCommit(message("P", "\0COMMIT\0\0\0")) == true)
        #expect(isCommit(message("P", "commit\0SELECT 1\0\0\0")) == false)
        #expect(isCommit(message("Q", "SELECT 'COMMIT'\0")) == false)
        #expect(isCommit(message("Q", "COMMITMENT\0")) == false)
        #expect(isCommit(message("X", "COMMIT")) == false)
    }

    @Test(arguments: FaultProxy.Transport.allCases) func passesEverythingOn(transport: FaultProxy.Transport) async throws {
        let proxy = try FaultProxy(server: TestServer.directURL, transport: transport)
        let connection = try await PostgresConnection.connect(proxy.url + "&application_name=proxied")
        let text = String(repeating: "0123456789", count: 200_000)
        #expect(try await connection.query("SELECT \(text)").single().text(0) == text)
        try await connection.execute("CREATE TEMP TABLE t (i int, s text)")
        let rows = (0..<20_000).lazy.map { "\($0)\tsome text to fill the buffers" }
        #expect(try await connection.copyIn("COPY t FROM STDIN", rows: rows) == 20_000)
        let slow = Task { try await connection.query("SELECT pg_sleep(3600)") }
        #expect(await eventually { await connection.transactionStatus == .active })
        slow.cancel()
        #expect(await failure { try await slow.value }?.kind == .cancelled)
        #expect(proxy.liveConnections >= 1)
        await connection.close()
        #expect(await eventually { proxy.liveConnections == 0 })
        proxy.stop()
        #expect(await failure { try await PostgresConnection.connect(proxy.url) }?.kind == .connection)
    }

    @Test func stoppingBreaksConnections() async throws {
        let proxy = try FaultProxy(server: TestServer.directURL)
        let connection = try await PostgresConnection.connect(proxy.url)
        let slow = Task { try await connection.query("SELECT pg_sleep(3600)") }
        #expect(await eventually { await connection.transactionStatus == .active })
        proxy.stop()
        #expect(await failure { try await slow.value }?.kind == .connection)
        #expect(await eventually { proxy.liveConnections == 0 })
    }

    @Test func anAddressWithoutASocketIsRefused() {
        #expect(throws: DevClusterError.self) { try FaultProxy(server: "postgresql://localhost:5432/x") }
    }
}
