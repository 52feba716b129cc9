import Foundation
import Testing

@testable import PQClient

/// Enums, composite types and arrays of them, against types that a database defines itself.
@Suite struct CompositeTests {
    private enum Mood: String, PostgresCodable, CaseIterable {
        case good, bad
        case so = "so, so \"x\""
    }
    private enum Level: Int, PostgresCodable {
        case low = 1
        case high = 2
    }

    @Test func enumsAreTheirRawValues() async throws {
        try await TestServer.with { connection in
            let type = TestServer.unique("mood")
            try await connection.execute("CREATE TYPE \(type) AS ENUM ('good', 'bad', 'so, so \"x\"', 'unknown')")
            for mood in Mood.allCases {
                let row = try await connection.query("SELECT \(mood)::\(identifier: type), \(nil as Mood?)::\(identifier: type)").single()
                #expect(try row.decode(Mood.self, Mood?.self) == (mood, nil))
            }
            let all: [Mood?] = Mood.allCases + [nil]
            let row = try await connection.query("SELECT \(all)::\(identifier: type)[], 'unknown'::\(identifier: type)").single()
            #expect(try row.get(0, as: [Mood?].self) == all)
            let unknown = try #require(await failure { try row.get(1, as: Mood.self) })
            #expect(unknown.kind == .decoding && unknown.message.hasSuffix("'unknown' is not a value of Mood"))
            let levels = try await connection.query("SELECT \(Level.high)::int, 3").single()
            #expect(try levels.get(0, as: Level.self) == .high)
            #expect(throws: PostgresError.self) { try levels.get(1, as: Level.self) }
            try await connection.execute("DROP TYPE \(type)")
        }
    }

    private struct Address: PostgresCodable, Equatable {
        var street: String?
        var number: Int
        var tags: [String]
        var data: Data
        var inner: Inner?

        struct Inner: PostgresCodable, Equatable {
            var flag: Bool
            var text: String
            init(flag: Bool, text: String) { (self.flag, self.text) = (flag, text) }
            init(postgres cell: PostgresCell) throws(PostgresError) { (flag, text) = try cell.fields(Bool.self, String.self) }
            var postgresValue: PostgresValue { .record(flag, text) }
        }

        init(random: inout SeededGenerator) {
            street = Bool.random(using: &random) ? nil : RandomText.make(&random)
            number = Int.random(in: -1000...1000, using: &random)
            tags = (0..<Int.random(in: 0...3, using: &random)).map { _ in RandomText.make(&random) }
            data = Data((0..<Int.random(in: 0...4, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) })
            inner = Bool.random(using: &random) ? nil : Inner(flag: Bool.random(using: &random), text: RandomText.make(&random))
        }

        init(postgres cell: PostgresCell) throws(PostgresError) {
            (street, number, tags, data, inner) = try cell.fields(String?.self, Int.self, [String].self, Data.self, Inner?.self)
        }

        var postgresValue: PostgresValue { .record(street, number, tags, data, inner) }
    }

    @Test(arguments: [UInt64.random(in: 0...UInt64.max)])
    func compositesSurviveTheServer(seed: UInt64) async throws {
        var random = SeededGenerator(state: seed)
        try await TestServer.with { connection in
            let (inner, outer) = (TestServer.unique("inner"), TestServer.unique("address"))
            try await connection.execute(
                """
                CREATE TYPE \(inner) AS (flag boolean, text text);
                CREATE TYPE \(outer) AS (street text, number int, tags text[], data bytea, inside \(inner))
                """)
            for _ in 0..<100 {
                let value = Address(random: &random)
                let list: [Address?] = [value, nil, Address(random: &random)]
                let result = try await connection.query(
                    """
                    SELECT a, b, (a).street IS NOT DISTINCT FROM \(value.street) AND (a).number = \(value.number)
                           AND (a).tags = \(value.tags) AND (a).data = \(value.data)
                           AND ((a).inside).text IS NOT DISTINCT FROM \(value.inner?.text)
                    FROM (SELECT \(value)::\(identifier: outer) AS a, \(list)::\(identifier: outer)[] AS b) v
                    """)
                let (back, array, same) = try result.single().decode(Address.self, [Address?].self, Bool.self)
                #expect(back == value && array == list && same, "seed \(seed)")
            }
            try await connection.execute("DROP TYPE \(outer), \(inner)")
        }
    }

    @Test func rowsWithoutATypeAreRecords() async throws {
        try await TestServer.with { connection in
            let row = try await connection.query(
                """
                SELECT ROW(1, 'b "c", \\ d', NULL, ''), ARRAY[ROW(1, true), ROW(2, NULL)], ROW(NULL::int), ROW(), NULL::record, 'x'
                """
            ).single()
            let fields = try row.get(0, as: PostgresRecord<Int, String, Int?, String>.self).fields
            #expect(fields == (1, "b \"c\", \\ d", nil, ""))
            let array = try row.get(1, as: [PostgresRecord<Int, Bool?>].self)
            #expect(array.map(\.fields.0) == [1, 2] && array.map(\.fields.1) == [true, nil])
            let single = try row.cell(2).fields(Int?.self)
            #expect(single == nil)
            #expect(try row.get(4, as: PostgresRecord<Int, Int>?.self) == nil)
            let count = try #require(await failure { try row.get(1, as: [PostgresRecord<Int>].self) })
            #expect(count.message.hasSuffix("'(1,t)' has 2 fields and was read as 1"))
            #expect(await failure { try row.get(4, as: PostgresRecord<Int, Int>.self) }?.message.contains("NULL was read as") == true)
            #expect(await failure { try row.get(5, as: PostgresRecord<Int>.self) }?.message.contains("'x' is not a composite") == true)
            let value = PostgresRecord(1, "a" as String?, nil as Int?)
            #expect(value.postgresValue.text == "(\"1\",\"a\",)")
        }
    }
}

/// Texts that are hard on quoting.
enum RandomText {
    static func make(_ random: inout SeededGenerator) -> String {
        let pieces = ["a", "\"", "\\", ",", "(", ")", "{", "}", "[", "]", " ", "'", "NULL", "empty", "ü", "😀", "\n", ""]
        return (0..<Int.random(in: 0...6, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined()
    }
}
