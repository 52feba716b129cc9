import Foundation
import PQClient
import Testing

/// Random values go to the server as text and as binary and come back as both: all four are the value, and the text that is
/// written from the binary form is the server's own. `CODEC_SEED` repeats a run.
@Suite struct CodecPropertyTests {
    private static let seed =
        ProcessInfo.processInfo.environment["CODEC_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64.max)

    private func check<T: PostgresBinaryEncodable & PostgresDecodable & Equatable>(
        _ type: String, count: Int = 60, serverText: Bool = true, location: SourceLocation = #_sourceLocation,
        _ make: (inout Seeded) -> T
    ) async throws {
        var random = Seeded(Self.seed)
        let values = (0..<count).map { _ in make(&random) }
        let message: Comment = "\(type) with CODEC_SEED=\(Self.seed)"
        try await TestServer.with { connection in
            try await connection.execute("SET TimeZone = 'UTC'")
            for value in values {
                let query: PostgresQuery = """
                    SELECT \(value)::\(unescaped: type), \(binary: value)::\(unescaped: type),
                           \([value, nil, value])::\(unescaped: type)[], \(binary: [value, nil, value] as [T?])::\(unescaped: type)[]
                    """
                let text = try await connection.query(query).single()
                let binary = try await connection.query(query.answered(in: .binary)).single()
                for row in [text, binary] {
                    for column in 0..<2 {
                        #expect(try row.get(column, as: T.self) == value, message, sourceLocation: location)
                    }
                    for column in 2..<4 {
                        #expect(try row.get(column, as: [T?].self) == [value, nil, value], message, sourceLocation: location)
                    }
                }
                #expect(try binary.cell(0).format == .binary && text.cell(0).format == .text)
                guard serverText else { continue }
                for column in 0..<4 {
                    #expect(binary.text(column) == text.text(column), message, sourceLocation: location)
                }
            }
        }
    }

    @Test func integers() async throws {
        try await check("bigint") { Int64.random(in: .min ... .max, using: &$0) >> Int64.random(in: 0..<64, using: &$0) }
        try await check("bigint") { Int.random(in: .min ... .max, using: &$0) }
        try await check("integer") { Int32.random(in: .min ... .max, using: &$0) >> Int32.random(in: 0..<32, using: &$0) }
        try await check("smallint") { Int16.random(in: .min ... .max, using: &$0) }
        try await check("oid") { UInt32.random(in: 0 ... .max, using: &$0) }
        try await check("boolean", count: 4) { Bool.random(using: &$0) }
    }

    @Test func floats() async throws {
        // The server's shortest text is not always the shortest that there is, so only values are compared.
        try await check("double precision", count: 200, serverText: false) { random in
            let value = Double(bitPattern: UInt64.random(in: 0 ... .max, using: &random))
            return value.isNaN ? 0.1 : value
        }
        try await check("real", count: 200, serverText: false) { random in
            let value = Float(bitPattern: UInt32.random(in: 0 ... .max, using: &random))
            return value.isNaN ? -0.0 : value
        }
        // Numbers of few digits that are not half way between two others have one text only.
        try await check("double precision", count: 100) { random in
            Double("\(Int.random(in: -99_999...99_999, using: &random))e\(Int.random(in: -30...15, using: &random))")!
        }
        try await check("real", count: 100) { random in
            Float("\(Int.random(in: -999...999, using: &random))e\(Int.random(in: -10...4, using: &random))")!
        }
    }

    @Test func numerics() async throws {
        func digits(_ count: Int, _ random: inout Seeded) -> String {
            (0..<count).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined()
        }
        func plain(_ random: inout Seeded, most: Int) -> String {
            var whole = String(digits(Int.random(in: 0...most, using: &random), &random).drop { $0 == "0" })
            if Bool.random(using: &random) { whole += String(repeating: "0", count: Int.random(in: 0...9, using: &random)) }
            if whole.isEmpty || whole.first == "0" { whole = "0" }
            var fraction = String(repeating: "0", count: Bool.random(using: &random) ? Int.random(in: 0...9, using: &random) : 0)
            fraction += digits(Int.random(in: 0...most, using: &random), &random)
            let text = fraction.isEmpty ? whole : whole + "." + fraction
            let isZero = !text.contains { $0 != "0" && $0 != "." }
            return (Bool.random(using: &random) && !isZero ? "-" : "") + text
        }
        try await check("numeric", count: 150) { PostgresNumeric(plain(&$0, most: 60))! }
        try await check("numeric", count: 60, serverText: false) { Decimal(string: plain(&$0, most: 9))! }
        let special = ["NaN", "Infinity", "-Infinity", "0", "0.000", "10000", "0.0001", "100000000.00000001"]
        try await check("numeric", count: 30) { PostgresNumeric(special.randomElement(using: &$0)!)! }
    }

    @Test func texts() async throws {
        let pieces = ["a", "\"", "\\", ",", "{", "}", "(", ")", "NULL", " ", "\n", "\t", "ü", "😀", "'", "[", "]", "null", ""]
        func text(_ random: inout Seeded) -> String {
            (0..<Int.random(in: 0...8, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined()
        }
        try await check("text", count: 150) { text(&$0) }
        try await check("bytea") { random in
            Data((0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
        try await check("jsonb") { random in PostgresJSON("[\(Int.random(in: 0...999, using: &random)), {\"k\": null}]") }
        try await check("uuid") { random in
            var bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
            return UUID(uuid: bytes.withUnsafeMutableBytes { $0.load(as: uuid_t.self) })
        }
        // Records and ranges quote parts like these by rules of their own.
        var random = Seeded(Self.seed)
        try await TestServer.with { connection in
            for _ in 0..<100 {
                let (first, second) = (text(&random), text(&random))
                let query: PostgresQuery = "SELECT ROW(\(first)::text, NULL::text, \(second)::text, 7), ARRAY[ROW(\(first)::text, 1)]"
                let row = try await connection.query(query).single()
                let binary = try await connection.query(query.answered(in: .binary)).single()
                for row in [row, binary] {
                    let fields = try row.cell(0).fields(String.self, String?.self, String.self, Int.self)
                    #expect(fields == (first, nil, second, 7), "CODEC_SEED=\(Self.seed)")
                }
                #expect(binary.text(0) == row.text(0) && binary.text(1) == row.text(1), "CODEC_SEED=\(Self.seed)")
            }
        }
    }

    @Test func times() async throws {
        // A Date keeps microseconds for 285 years around 2001.
        try await check("timestamptz", count: 150) { random in
            let microseconds = Int64.random(in: -8_000_000_000_000_000...8_000_000_000_000_000, using: &random)
            return Date(timeIntervalSinceReferenceDate: Double(microseconds) / 1_000_000)
        }
        try await check("timestamptz", count: 100, serverText: false) { random in
            Date(timeIntervalSinceReferenceDate: Double(Int.random(in: -200_000_000_000...9_000_000_000_000, using: &random)))
        }
        try await check("timestamp", count: 150) {
            PostgresTimestamp(microsecondsSince2000: Int64.random(in: -210_000_000_000_000_000...9_000_000_000_000_000_000, using: &$0))
        }
        try await check("date", count: 150) { PostgresDate(daysSince1970: Int.random(in: -2_400_000...2_000_000_000, using: &$0)) }
        try await check("interval", count: 150) { random in
            PostgresInterval(
                months: Int.random(in: -2_000_000_000...2_000_000_000, using: &random) >> Int.random(in: 0..<32, using: &random),
                days: Int.random(in: -2_000_000_000...2_000_000_000, using: &random) >> Int.random(in: 0..<32, using: &random),
                microseconds: Int64.random(in: -9_000_000_000_000_000...9_000_000_000_000_000, using: &random)
                    >> Int64.random(in: 0..<60, using: &random))
        }
        try await check("interval") { random in Duration.microseconds(Int64.random(in: -99_999_999_999...99_999_999_999, using: &random)) }
        var random = Seeded(Self.seed)
        try await TestServer.with { connection in
            for _ in 0..<100 {
                let days = Int.random(in: -2_400_000...2_000_000, using: &random)
                let microseconds = Int64.random(in: 0..<86_400_000_000, using: &random) / 10
                let query: PostgresQuery = """
                    SELECT date '2000-01-01' + \(days)::int, timestamp '2000-01-01' + \(days)::int * interval '1 day',
                           time '00:00' + \(Duration.microseconds(microseconds))::interval
                    """
                let text = try await connection.query(query).single()
                let binary = try await connection.query(query.answered(in: .binary)).single()
                #expect((0..<3).map(binary.text) == (0..<3).map(text.text), "CODEC_SEED=\(Self.seed)")
                let expected = Date(timeIntervalSince1970: 946_684_800 + Double(days) * 86_400)
                for column in 0..<2 {
                    #expect(try text.get(column, as: Date.self) == expected && binary.get(column, as: Date.self) == expected)
                }
            }
        }
    }

    @Test func ranges() async throws {
        var random = Seeded(Self.seed)
        func range<T: Comparable>(_ make: (inout Seeded) -> T) -> PostgresRange<T> {
            let (first, second) = (make(&random), make(&random))
            return .bounds(
                lower: Int.random(in: 0...4, using: &random) == 0 ? .unbounded : .inclusive(min(first, second)),
                upper: Int.random(in: 0...4, using: &random) == 0 ? .unbounded : .inclusive(max(first, second)))
        }
        try await TestServer.with { connection in
            try await connection.execute("SET TimeZone = 'UTC'")
            func check<T: PostgresCodable & Hashable>(_ value: PostgresRange<T>, _ type: String) async throws {
                let multirange = type.replacingOccurrences(of: "range", with: "multirange")
                let query: PostgresQuery = """
                    SELECT \(value)::\(unescaped: type), \(unescaped: multirange)(\(value)::\(unescaped: type)),
                           \([value])::\(unescaped: type)[], \(PostgresMultirange([value]))::\(unescaped: multirange)
                    """
                let text = try await connection.query(query).single()
                let binary = try await connection.query(query.answered(in: .binary)).single()
                #expect((0..<4).map(binary.text) == (0..<4).map(text.text), "\(type), CODEC_SEED=\(Self.seed)")
                let back = try text.get(0, as: PostgresRange<T>.self)
                for row in [text, binary] {
                    #expect(try row.get(0, as: PostgresRange<T>.self) == back)
                    for column in [1, 3] { #expect(try row.get(column, as: PostgresMultirange<T>.self).ranges == [back]) }
                    #expect(try row.get(2, as: [PostgresRange<T>].self) == [back])
                }
                // int8 and dates come back in their [,) form.
                if type == "tstzrange" || type == "numrange" { #expect(back == value, "\(type), CODEC_SEED=\(Self.seed)") }
            }
            for _ in 0..<40 {
                try await check(range { Int.random(in: -99_999...99_999, using: &$0) }, "int8range")
                try await check(range { Int32.random(in: -99...99, using: &$0) }, "int4range")
                try await check(range { Decimal(Int.random(in: -99_999...99_999, using: &$0)) / 100 }, "numrange")
                try await check(range { Date(timeIntervalSince1970: Double(Int.random(in: 0...4_000_000_000, using: &$0))) }, "tstzrange")
                try await check(range { Date(timeIntervalSince1970: Double(Int.random(in: 0...4_000_000_000, using: &$0))) }, "daterange")
            }
        }
    }
}

/// Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
private struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
