import Foundation
import Testing

@testable import PQClient

/// Ranges and multiranges, as the server reads and writes them.
@Suite struct RangeTests {
    @Test func rangesHaveBoundsOrAreEmpty() async throws {
        try await TestServer.with { connection in
            let row = try await connection.query(
                """
                SELECT '[1,3]'::int4range, 'empty'::int8range, '(,5)'::int4range, '(1.5,2.50]'::numrange, '[2024-02-29,infinity]'::daterange,
                       '["2024-02-29 12:00+00",)'::tstzrange, '(,)'::int4range, NULL::int4range, '["2024-02-29 12:00",infinity)'::tsrange
                """
            ).single()
            #expect(try row.get(0, as: PostgresRange<Int>.self) == PostgresRange(1..<4))
            #expect(try row.get(1, as: PostgresRange<Int>.self) == .empty)
            #expect(try row.get(2, as: PostgresRange<Int>.self) == PostgresRange(..<5))
            #expect(
                try row.get(3, as: PostgresRange<PostgresNumeric>.self)
                    == .bounds(lower: .exclusive(PostgresNumeric("1.5")!), upper: .inclusive(PostgresNumeric("2.50")!)))
            let leap = PostgresDate(year: 2024, month: 2, day: 29)!
            #expect(try row.get(4, as: PostgresRange<PostgresDate>.self) == .bounds(lower: .inclusive(leap), upper: .inclusive(.infinity)))
            #expect(try row.get(5, as: PostgresRange<Date>.self) == PostgresRange(Date(timeIntervalSince1970: 1_709_208_000)...))
            #expect(try row.get(6, as: PostgresRange<Int>.self) == .unbounded)
            #expect(try row.get(7, as: PostgresRange<Int>?.self) == nil)
            #expect(try row.get(8, as: PostgresRange<PostgresTimestamp>.self).upperBound == .infinity)
        }
    }

    @Test func boundsDecideWhatIsContained() {
        #expect(PostgresRange(1..<1).isEmpty && PostgresRange(1...1).contains(1) && !PostgresRange<Int>.empty.contains(0))
        let open = PostgresRange.bounds(lower: .exclusive(1), upper: .exclusive(3))
        #expect([0, 1, 2, 3].map(open.contains) == [false, false, true, false])
        #expect(PostgresRange(...5).contains(5) && !PostgresRange(..<5).contains(5) && PostgresRange(5...).contains(.max))
        #expect(PostgresRange<Int>.unbounded.contains(.min) && open.lowerBound == 1 && open.upperBound == 3)
    }

    @Test func otherTextsAreRefused() async throws {
        try await TestServer.with { connection in
            let texts = ["", "[1,2", "1,2)", "[1)", "[1,2)x", "[a,2)", "[\"1,2)", "{[1,2)", "{[1,2)[3,4)}", "{x}"]
            for text in try await connection.query("SELECT unnest(\(texts)::text[])") {
                #expect(throws: PostgresError.self) { try text.get(0, as: PostgresRange<Int>.self) }
                #expect(throws: PostgresError.self) { try text.get(0, as: PostgresMultirange<Int>.self) }
            }
        }
    }

    private func random<Bound: Comparable>(
        _ random: inout SeededGenerator, _ bound: (inout SeededGenerator) -> Bound
    ) -> PostgresRange<Bound> {
        if Int.random(in: 0..<8, using: &random) == 0 { return .empty }
        var (low, high) = (bound(&random), bound(&random))
        if high < low { swap(&low, &high) }
        func edge(_ value: Bound) -> PostgresRange<Bound>.Edge {
            switch Int.random(in: 0..<5, using: &random) {
            case 0: .unbounded
            case 1, 2: .inclusive(value)
            default: .exclusive(value)
            }
        }
        return .bounds(lower: edge(low), upper: edge(high))
    }

    /// Ranges over texts, which the server keeps as they are, come back equal; all agree with the server on what they contain.
    @Test(arguments: [UInt64.random(in: 0...UInt64.max)])
    func rangesSurviveTheServer(seed: UInt64) async throws {
        var generator = SeededGenerator(state: seed)
        try await TestServer.with { connection in
            let type = TestServer.unique("textrange")
            try await connection.execute("CREATE TYPE \(type) AS RANGE (subtype = text, collation = \"C\")")
            for _ in 0..<100 {
                let texts = random(&generator) { BytewiseText(RandomText.make(&$0)) }
                let list = [texts, nil]
                let result = try await connection.query(
                    "SELECT \(texts)::\(identifier: type), \(list)::\(identifier: type)[], isempty(\(texts)::\(identifier: type))")
                let (back, array, empty) = try result.single().decode(
                    PostgresRange<BytewiseText>.self, [PostgresRange<BytewiseText>?].self, Bool.self)
                // The server makes ranges that can hold nothing, such as (a,a], empty.
                #expect(empty ? back == .empty && array == [.empty, nil] : back == texts && array == list, "seed \(seed)")

                let numbers = random(&generator) { Int.random(in: -5...5, using: &$0) }
                let several = PostgresMultirange((0..<3).map { _ in random(&generator) { Int.random(in: -20...20, using: &$0) } })
                let probe = Int.random(in: -20...20, using: &generator)
                let row = try await connection.query(
                    """
                    SELECT a, b, a @> \(probe)::int, b @> \(probe)::int, ARRAY[b, b]
                    FROM (SELECT \(numbers)::int4range AS a, \(several)::int4multirange AS b) v
                    """
                ).single()
                let (range, multirange, inRange, inSeveral, pair) = try row.decode(
                    PostgresRange<Int>.self, PostgresMultirange<Int>.self, Bool.self, Bool.self, [PostgresMultirange<Int>].self)
                #expect(range.contains(probe) == inRange && numbers.contains(probe) == inRange, "seed \(seed)")
                #expect(multirange.ranges.contains { $0.contains(probe) } == inSeveral, "seed \(seed)")
                #expect(several.ranges.contains { $0.contains(probe) } == inSeveral, "seed \(seed)")
                #expect(pair == [multirange, multirange] && !multirange.ranges.contains(.empty), "seed \(seed)")
            }
            try await connection.execute("DROP TYPE \(type)")
        }
    }

    /// The form of Decodable rows reads them as the columns they are, not as strings.
    @Test func rowsOfThemAreDecodable() async throws {
        struct Stay: Decodable, Equatable {
            var day: PostgresDate
            var at: PostgresTimestamp
            var price: PostgresNumeric
            var during: PostgresRange<PostgresDate>
            var also: PostgresMultirange<Int>?
        }
        try await TestServer.with { connection in
            let result = try await connection.query(
                """
                SELECT date '2024-02-29' AS day, timestamp '2024-02-29 01:00' AS at, 1.50 AS price,
                       daterange('2024-02-29', NULL) AS during, '{[1,3)}'::int4multirange AS also
                """)
            let leap = PostgresDate(year: 2024, month: 2, day: 29)!
            #expect(
                try result.decode(as: Stay.self) == [
                    Stay(
                        day: leap, at: PostgresTimestamp(leap, hour: 1)!, price: PostgresNumeric("1.50")!,
                        during: PostgresRange(leap...), also: [PostgresRange(1..<3)])
                ])
        }
    }

    /// Compares as bytes, as the collation "C" does.
    private struct BytewiseText: Comparable, Hashable, RawRepresentable, PostgresCodable {
        var rawValue: String
        init(_ text: String) { rawValue = text }
        init?(rawValue: String) { self.rawValue = rawValue }
        static func < (left: Self, right: Self) -> Bool { left.rawValue.utf8.lexicographicallyPrecedes(right.rawValue.utf8) }
    }
}
