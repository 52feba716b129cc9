import Foundation
import PQClient
import Testing

@Suite struct CopyInTests {
    @Test func rowsArrive() async throws {
        try await TestServer.with { connection in
            let t = TestServer.unique("t")
            try await connection.execute("CREATE TABLE \(t) (i int, s text)")
            let rows = (0..<50_000).lazy.map { CopyText.row([.integer($0), $0 % 2 == 0 ? .null : "a\tb\\c\nd\r".postgresValue]) }
            #expect(try await connection.copyIn("COPY \(t) FROM STDIN", rows: rows) == 50_000)
            let row = try await connection.query("SELECT count(*), count(s), min(s), sum(i) FROM \(unescaped: t)").single()
            #expect(try row.decode((Int, Int, String, Int).self) == (50_000, 25_000, "a\tb\\c\nd\r", 1_249_975_000))
            #expect(try await connection.copyIn("COPY \(t) FROM STDIN (FORMAT csv)", rows: ["1,x\n", "2,\"y,z\""]) == 2)
            #expect(try await connection.copyIn("COPY \(t) FROM STDIN", rows: []) == 0)
        }
    }

    @Test func allOrNothing() async throws {
        try await TestServer.with { connection in
            let t = TestServer.unique("t")
            try await connection.execute("CREATE TABLE \(t) (i int)")
            let rows = (0..<100_000).lazy.map { $0 == 70_000 ? "oops" : String($0) }
            let error = try #require(await failure { try await connection.copyIn("COPY \(t) FROM STDIN", rows: rows) })
            #expect(error.sqlState == "22P02" && error.context?.contains("line 70001") == true)
            #expect(try await connection.query("SELECT count(*) FROM \(unescaped: t)").single().get(0, as: Int.self) == 0)
        }
    }

    @Test func wrongCallsLeaveTheConnectionInOrder() async throws {
        try await TestServer.with { connection in
            let t = TestServer.unique("t")
            try await connection.execute("CREATE TABLE \(t) (i int)")
            #expect(await failure { try await connection.copyIn("SELECT 1", rows: []) }?.kind == .usage)
            #expect(await failure { try await connection.copyIn("COPY nix FROM STDIN", rows: []) }?.sqlState == "42P01")
            #expect(await failure { try await connection.execute("COPY \(t) FROM STDIN") }?.kind == .usage)
            let out = "COPY (SELECT i FROM generate_series(1, 90000) i) TO STDOUT"
            #expect(await failure { try await connection.execute(out) }?.kind == .usage)
            #expect(try await connection.query("SELECT count(*) FROM \(unescaped: t)").single().get(0, as: Int.self) == 0)
        }
    }

    @Test(.timeLimit(.minutes(1))) func cancellingEndsIt() async throws {
        try await TestServer.with { connection in
            let t = TestServer.unique("t")
            try await connection.execute("CREATE TABLE \(t) (i int)")
            let task = Task {
                try await connection.copyIn("COPY \(t) FROM STDIN", rows: (0...).lazy.map { String($0) })
            }
            try await Task.sleep(for: .milliseconds(200))
            task.cancel()
            #expect(await failure { try await task.value }?.kind == .cancelled)
            #expect(try await connection.query("SELECT count(*) FROM \(unescaped: t)").single().get(0, as: Int.self) == 0)
        }
    }

    @Test(.timeLimit(.minutes(1))) func cancellingEndsTheWaitForALock() async throws {
        let table = TestServer.unique("t")
        try await TestServer.with { holder in
            try await holder.execute("CREATE TABLE \(table) (i int)")
            try await holder.execute("BEGIN; LOCK TABLE \(table)")
            try await TestServer.with { connection in
                let task = Task { try await connection.copyIn("COPY \(table) FROM STDIN", rows: (0...).lazy.map { String($0) }) }
                try await Task.sleep(for: .milliseconds(100))
                task.cancel()
                #expect(await failure { try await task.value }?.kind == .cancelled)
                #expect(try await connection.query("SELECT 1").single().get(0, as: Int.self) == 1)
            }
        }
    }

    @Test func rowsMayArriveOneByOne() async throws {
        try await TestServer.with { connection in
            try await connection.execute("CREATE TABLE copied_1 (i int)")
            let rows = AsyncStream<String> { stream in
                for i in 0..<30_000 { stream.yield(String(i)) }
                stream.finish()
            }
            #expect(try await connection.copyIn("COPY copied_1 FROM STDIN", rows: rows) == 30_000)
        }
    }

    @Test func anErrorOfTheSourceEndsItWithNothingKept() async throws {
        struct Broken: Error {}
        func broken<T: Sendable>(_ element: T) -> AsyncThrowingStream<T, any Error> {
            AsyncThrowingStream { stream in
                for _ in 0..<30_000 { stream.yield(element) }
                stream.finish(throwing: Broken())
            }
        }
        try await TestServer.with { connection in
            try await connection.execute("CREATE TABLE copied_2 (i int)")
            await #expect(throws: Broken.self) { try await connection.copyIn("COPY copied_2 FROM STDIN", rows: broken("1")) }
            await #expect(throws: Broken.self) {
                try await connection.copyIn("COPY copied_2 FROM STDIN", chunks: broken(Array("1\n".utf8)))
            }
            #expect(try await connection.query("SELECT count(*) FROM copied_2").single().get(0, as: Int.self) == 0)
        }
    }

    @Test func chunksMayEndAnywhere() async throws {
        try await TestServer.with { connection in
            try await connection.execute("CREATE TABLE copied_3 (i int)")
            let bytes = Array((1...10_000).map { "\($0)\n" }.joined().utf8)
            let chunks = stride(from: 0, to: bytes.count, by: 777).lazy.map { Array(bytes[$0..<min($0 + 777, bytes.count)]) }
            #expect(try await connection.copyIn("COPY copied_3 FROM STDIN", chunks: chunks) == 10_000)
            #expect(try await connection.copyIn("COPY copied_3 FROM STDIN", chunks: [bytes, [], bytes]) == 20_000)
            #expect(try await connection.query("SELECT sum(i) FROM copied_3").single().get(0, as: Int.self) == 150_015_000)
        }
    }
}
