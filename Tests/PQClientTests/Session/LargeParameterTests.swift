import Foundation
import Testing

@testable import PQClient

/// Statements with megabytes of parameters, which a thread of their own sends.
@Suite(.timeLimit(.minutes(3))) struct LargeParameterTests {
    private let bytes = [UInt8](repeating: 7, count: 40_000_000)

    @Test func theyArriveWholeAndInOrder() async throws {
        try await TestServer.with { connection in
            async let large = connection.query("SELECT length(\(bytes)), \(3)")
            async let small = connection.query("SELECT \(4)")
            #expect(try await large.single().decode(Int.self, Int.self) == (bytes.count, 3))
            #expect(try await small.single().get(0, as: Int.self) == 4)
            let text = String(repeating: "é", count: 4_000_000)
            #expect(try await connection.query("SELECT \(text)").single().get(0, as: String.self) == text)
            let refused = await failure { try await connection.query("SELECT nothing, \(bytes)") }
            #expect(refused?.sqlState == "42703")
            let inPipeline = try await connection.pipeline { $0.add("SELECT length(\(bytes.prefix(2_000_000).map { $0 }))") }
            #expect(try inPipeline[0].single().get(0, as: Int.self) == 2_000_000)
        }
    }

    @Test(.needsSession("prepared statements belong to a session")) func preparedOnesToo() async throws {
        try await TestServer.with { (connection) async throws in
            for _ in 0..<2 {
                #expect(try await connection.query("SELECT length(\(bytes))", named: "n").single().get(0, as: Int.self) == bytes.count)
            }
        }
    }

    /// The server reads nothing more.
    @Test func aConnectionThatIsSendingOneCanBeClosed() async throws {
        let connection = try await PostgresConnection.connect(TestServer.directURL)
        let backend = connection.backendPID
        kill(backend, SIGSTOP)
        defer { kill(backend, SIGCONT) }
        let sending = Task { try await connection.query("SELECT length(\(bytes))") }
        #expect(await eventually { await connection.transactionStatus == .active })
        await connection.close()
        #expect(await failure { try await sending.value }?.kind == .connection)
        #expect(!connection.isOpen)
    }
}
