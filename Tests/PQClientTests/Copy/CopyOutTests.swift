import PQClient
import Testing

@Suite(.timeLimit(.minutes(2))) struct CopyOutTests {
    private func count(_ rows: PostgresCopyOut.Rows) async throws -> Int {
        var count = 0
        for try await _ in rows { count += 1 }
        return count
    }

    @Test func rowsLinesAndChunksAgree() async throws {
        try await TestServer.with { connection in
            let copy = connection.copyOut("COPY (SELECT i, 'row ' || i FROM generate_series(1, 50000) i) TO STDOUT")
            var lines: [String] = []
            for try await line in copy.lines { lines.append(line) }
            #expect(lines.count == 50_000 && lines[0] == "1\trow 1" && lines[49_999] == "50000\trow 50000")
            var bytes: [UInt8] = []
            var chunks = 0
            for try await chunk in copy {
                #expect(chunk.last == UInt8(ascii: "\n"))
                bytes += chunk
                chunks += 1
            }
            #expect(String(decoding: bytes, as: UTF8.self) == lines.joined(separator: "\n") + "\n")
            #expect(chunks < 5000)
            var rows = 0
            for try await row in copy.rows {
                rows += 1
                #expect(rows != 2 || String(decoding: row, as: UTF8.self) == "2\trow 2\n")
            }
            #expect(rows == 50_000)
            #expect(try await count(connection.copyOut("COPY (SELECT 1 WHERE false) TO STDOUT").rows) == 0)
        }
    }

    @Test func whatComesOutGoesIn() async throws {
        try await TestServer.with { source in
            try await TestServer.with { target in
                try await target.execute("CREATE TABLE copied_out_1 (i int, s text, b bytea)")
                let select = "SELECT i, repeat('é', i % 50), decode(md5(i::text), 'hex') FROM generate_series(1, 20000) i"
                for format in ["text", "csv", "binary"] {
                    let out = source.copyOut("COPY (\(select)) TO STDOUT (FORMAT \(format))")
                    let count = try await target.copyIn("COPY copied_out_1 FROM STDIN (FORMAT \(format))", chunks: out)
                    #expect(count == 20_000)
                }
                let lines = source.copyOut("COPY (\(select)) TO STDOUT").lines
                #expect(try await target.copyIn("COPY copied_out_1 FROM STDIN", rows: lines) == 20_000)
                let row = try await target.query("SELECT count(*), count(DISTINCT (i, s, b)) FROM copied_out_1").single()
                #expect(try row.decode((Int, Int).self) == (80_000, 20_000))
            }
        }
    }

    @Test func errorsInTheMiddleAreThrown() async throws {
        try await TestServer.with { connection in
            let copy = connection.copyOut("COPY (SELECT 1/(30000 - i) FROM generate_series(1, 40000) i) TO STDOUT")
            var rows = copy.rows.makeAsyncIterator()
            for _ in 1..<30_000 { _ = try await rows.next() }
            #expect(await failure { try await rows.next() }?.sqlState == "22012")
            #expect(await failure { try await count(connection.copyOut("COPY nix TO STDOUT").rows) }?.sqlState == "42P01")
            #expect(await failure { try await count(connection.copyOut("SELECT 1").rows) }?.kind == .usage)
            #expect(try await connection.query("SELECT 1").rowCount == 1)
        }
    }

    /// The server would go on forever; dropping the iterator ends the COPY, and the next statement runs.
    @Test func stoppingEarlyEndsItOnTheServer() async throws {
        try await TestServer.with { connection in
            for stop in [1, 100, 20_000] {
                var rows = 0
                for try await _ in connection.copyOut("COPY (SELECT generate_series(1, 1000000000)) TO STDOUT").rows {
                    rows += 1
                    if rows == stop { break }
                }
                #expect(try await connection.query("SELECT 3").single().get(0, as: Int.self) == 3)
            }
        }
    }

    @Test func stoppingEarlyInATransactionDoesNotFailIt() async throws {
        try await TestServer.with { connection in
            let value = try await connection.transaction { connection in
                for try await _ in connection.copyOut("COPY (SELECT generate_series(1, 300000)) TO STDOUT").rows { break }
                return try await connection.query("SELECT 4").single().get(0, as: Int.self)
            }
            #expect(value == 4)
        }
    }

    @Test func cancellingTheTaskEndsIt() async throws {
        try await TestServer.with { connection in
            for delay in [0, 20, 100] {
                let task = Task {
                    try await count(connection.copyOut("COPY (SELECT generate_series(1, 1000000000)) TO STDOUT").rows)
                }
                try await Task.sleep(for: .milliseconds(delay))
                task.cancel()
                #expect(await failure { try await task.value }?.kind == .cancelled)
                #expect(try await connection.query("SELECT 3").single().get(0, as: Int.self) == 3)
            }
        }
    }

    /// Between two rows no call waits for the server, and the transaction is still rolled back instead of read to its end.
    @Test func cancellingTheTaskBetweenRowsEndsItInATransactionToo() async throws {
        try await TestServer.with { connection in
            let (begun, began) = AsyncStream.makeStream(of: Void.self)
            let task = Task {
                try await connection.transaction { connection in
                    for try await _ in connection.copyOut("COPY (SELECT generate_series(1, 1000000000)) TO STDOUT") {
                        began.yield()
                        try? await Task.sleep(for: .seconds(60))
                    }
                }
            }
            for await _ in begun { break }
            task.cancel()
            #expect(await failure { try await task.value }?.kind == .cancelled)
            let three = try await connection.query("SELECT 3").single().get(0, as: Int.self)
            #expect(three == 3)
        }
    }

    /// What fails beside a COPY that belongs to no transaction leaves it alone.
    @Test func aTransactionThatDoesNotBeginEndsNoOthersCopy() async throws {
        try await TestServer.with { connection in
            var iterator = connection.copyOut("COPY (SELECT generate_series(1, 300000)) TO STDOUT").rows.makeAsyncIterator()
            var rows = try await iterator.next() == nil ? 0 : 1
            let refused = await failure { try await connection.transaction(.init(settings: ["": ""])) { _ in } }
            #expect(refused?.kind == .usage)
            while try await iterator.next() != nil { rows += 1 }
            #expect(rows == 300_000)
        }
    }

    /// While no rows are requested the server stands still: it has filled the buffers and waits.
    @Test func aSlowReaderHoldsTheServerBack() async throws {
        let sequence = TestServer.unique("s")
        try await TestServer.with { observer in
            try await observer.execute("CREATE SEQUENCE \(sequence)")
            func position() async throws -> Int {
                try await observer.query("SELECT last_value FROM \(identifier: sequence)").single().get(0)
            }
            try await TestServer.with { connection in
                let row = "SELECT nextval('\(sequence)'), repeat('x', 1000) FROM generate_series(1, 1000000)"
                var iterator = connection.copyOut("COPY (\(row)) TO STDOUT").rows.makeAsyncIterator()
                #expect(try await iterator.next() != nil)
                // The server stops when the buffers between it and the reader are full.
                var first = -1
                let stopped = await eventually {
                    let last = first
                    first = try await position()
                    if first != last { try await Task.sleep(for: .milliseconds(400)) }
                    return first == last
                }
                #expect(stopped && first < 100_000)
                for _ in 0..<(first + 1000) { _ = try await iterator.next() }
                #expect(try await position() > first)
            }
            try await observer.execute("DROP SEQUENCE \(sequence)")
        }
    }
}
