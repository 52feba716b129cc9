import Foundation
import PQClient
import Testing

/// Values and data that were once taken for others without a word.
@Suite(.timeLimit(.minutes(2))) struct SilentWrongTests {
    @Test func boxesAreSeparatedBySemicolons() async throws {
        try await TestServer.with { connection in
            let row = try await connection.query(
                "SELECT ARRAY['(2,2),(1,1)', NULL, '(4,4),(3,3)']::box[], ARRAY['(1,2)']::point[], ARRAY['((0,0),2)']::circle[]"
            ).single()
            #expect(try row.get(0, as: [String?].self) == ["(2,2),(1,1)", nil, "(4,4),(3,3)"])
            #expect(try row.get(1, as: [String].self) == ["(1,2)"] && row.get(2, as: [String].self) == ["<(0,0),2>"])
        }
    }

    @Test func aDateBeyondTheCalendarIsNoInfinity() async throws {
        try await TestServer.with { connection in
            for seconds in [1e15, -1e15, 1e300, .nan] {
                let date = Date(timeIntervalSince1970: seconds)
                #expect(PostgresTimestamp(utc: date).isFinite && PostgresDate(utc: date).isFinite)
                #expect(await failure { try await connection.query("SELECT \(PostgresTimestamp(utc: date))") }?.sqlState == "22008")
                #expect(await failure { try await connection.query("SELECT \(PostgresDate(utc: date))") }?.sqlState == "22008")
                #expect(await failure { try await connection.query("SELECT \(binary: PostgresDate(utc: date))") }?.sqlState == "22008")
            }
            let far = PostgresDate(daysSince1970: .max - 1)
            #expect(await failure { try await connection.query("SELECT \(far)") }?.sqlState == "22008")
            // To the microsecond in the far future too.
            let date = Date(timeIntervalSinceReferenceDate: 31_500_000_000.5)
            #expect(PostgresTimestamp(utc: date).utc == date && PostgresTimestamp(utc: date).microsecondsOfDay! % 1_000_000 == 500_000)
            let long = PostgresInterval(days: 5_000_000_000)
            #expect(await failure { try await connection.query("SELECT \(long)") } != nil)
            #expect(await failure { try await connection.query("SELECT \(binary: long)") } != nil)
        }
    }

    @Test func textThatOnlyBeginsWithANumberIsNone() async throws {
        try await TestServer.with { connection in
            let row = try await connection.query("SELECT '12 apples', interval '2.5 s', '0x10', 1e20::float8, '-0.50'::numeric").single()
            for column in 0..<3 { #expect(await failure { try row.get(column, as: Decimal.self) }?.kind == .decoding) }
            #expect(try row.get(3, as: Decimal.self) == Decimal(string: "1e20") && row.get(4, as: Decimal.self) == Decimal(string: "-0.5"))
        }
    }

    @Test(arguments: ["(FORMAT text)", "(FORMAT csv)"]) func noRowAfterAnEndMarkerIsLost(format: String) async throws {
        try await TestServer.with { connection in
            try await connection.execute("CREATE TEMP TABLE t (s text)")
            let statement = "COPY t FROM STDIN \(format)"
            let error = await failure { try await connection.copyIn(statement, rows: ["a", "\\.", "b"]) }
            #expect(error?.kind == .usage && error?.message.contains("byte 5") == true)
            // In pieces, with the line ends of another system.
            let pieces = ["a\r\n\\", ".\r\n", "b\r\n"].map { Array($0.utf8) }
            #expect(await failure { try await connection.copyIn(statement, chunks: pieces) }?.kind == .usage)
            #expect(try await connection.query("SELECT FROM t").isEmpty)
            // At the end it says what is so.
            #expect(try await connection.copyIn(statement, rows: ["a", "b", "\\."]) == 2)
            #expect(try await connection.copyIn(statement, rows: ["\\\\.", "x", "c\\\\.d"]) == 3)
        }
    }

    @Test func anEndMarkerInALineCountsInText() async throws {
        try await TestServer.with { connection in
            try await connection.execute("CREATE TEMP TABLE t (s text)")
            #expect(await failure { try await connection.copyIn("COPY t FROM STDIN", rows: ["a\\.", "b"]) }?.kind == .usage)
            #expect(try await connection.copyIn("COPY t FROM STDIN CSV", rows: ["a\\.", "b"]) == 2)
            let rows = try await connection.query("SELECT s FROM t").decode(String.self)
            #expect(rows == ["a\\.", "b"])
        }
    }

    @Test func arraysOfArraysAreReadAsSuch() async throws {
        try await TestServer.with { connection in
            let query: PostgresQuery = """
                SELECT ARRAY[[1,2],[3,NULL]], '[2:3][0:0]={{7},{8}}'::int[], '{}'::int[], ARRAY[[['a,"b}','{c']]], ARRAY[1], \([[1, 2], [3, 4]])::int[]
                """
            for format in [PostgresFormat.text, .binary] {
                let row = try await connection.query(query.answered(in: format)).single()
                #expect(try row.get(0, as: [[Int?]].self) == [[1, 2], [3, nil]])
                #expect(try row.get(1, as: [[Int]].self) == [[7], [8]] && row.get(2, as: [[Int]].self) == [])
                #expect(try row.get(3, as: [[[String]]].self) == [[["a,\"b}", "{c"]]])
                #expect(await failure { try row.get(4, as: [[Int]].self) }?.kind == .decoding)
                #expect(await failure { try row.get(3, as: [[String]].self) }?.kind == .decoding)
                #expect(try row.get(5, as: [[Int]].self) == [[1, 2], [3, 4]])
            }
        }
    }
}
