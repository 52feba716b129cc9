import Foundation
import PQClient
import Testing

@Suite struct TypeTests {
    /// Sends `value` as `type` and reads it back.
    private func roundTrip<T: PostgresEncodable & PostgresDecodable & Equatable>(
        _ values: [T], as type: String, location: SourceLocation = #_sourceLocation
    ) async throws {
        try await TestServer.with { connection in
            for value in values {
                let row = try await connection.query("SELECT \(value)::\(unescaped: type)").single()
                #expect(try row.get(0, as: T.self) == value, sourceLocation: location)
                let array = try await connection.query("SELECT \([value, value])::\(unescaped: type)[]").single()
                if !type.hasSuffix("[]") { #expect(try array.get(0, as: [T].self) == [value, value], sourceLocation: location) }
            }
        }
    }

    @Test func integers() async throws {
        try await roundTrip([0, 1, -1, Int.max, Int.min], as: "bigint")
        try await roundTrip([Int64.min, Int64.max], as: "bigint")
        try await roundTrip([Int32.min, Int32.max], as: "integer")
        try await roundTrip([Int16.min, Int16.max], as: "smallint")
        try await roundTrip([UInt32.max], as: "oid")
        try await roundTrip([UInt64.max, 0], as: "xid8")
    }

    @Test func texts() async throws {
        try await roundTrip(["", "plain", "ünï 😀", "a,b", "{}", "NULL", "\"q\" \\ '", " ", "line\nend"], as: "text")
        try await roundTrip([true, false], as: "boolean")
        try await roundTrip([UUID(), UUID()], as: "uuid")
        try await roundTrip([PostgresJSON("{\"a\": [1, null]}"), "\"x\""], as: "json")
    }

    @Test func numbers() async throws {
        try await roundTrip([0, 1.5, -0.1, .infinity, -.infinity, .leastNonzeroMagnitude, 1.7976931348623157e308], as: "double precision")
        try await roundTrip([Float(0.1), -3.5, .infinity], as: "real")
        try await roundTrip([Decimal(string: "12345678901234567890.0123456789")!, Decimal(-1), .nan], as: "numeric")
        try await TestServer.with { connection in
            let row = try await connection.query("SELECT 'NaN'::float8, 1e40::numeric, 0.5::numeric, 'Infinity'::numeric").single()
            #expect(try row.get(0, as: Double.self).isNaN)
            #expect(throws: PostgresError.self) { try row.get(1, as: Decimal.self) }
            #expect(throws: PostgresError.self) { try row.get(3, as: Decimal.self) }
            #expect(try row.get(2, as: Double.self) == 0.5 && row.text(2) == "0.5")
        }
    }

    @Test func bytes() async throws {
        try await roundTrip([Data(), Data([0, 1, 255, 0]), Data("text".utf8)], as: "bytea")
        try await TestServer.with { connection in
            let all = (0...255).map { UInt8($0) }
            let row = try await connection.query("SELECT \(all)::bytea, \([all, all])::bytea[], length(\(all)::bytea)").single()
            #expect(try row.get(0, as: [UInt8].self) == all)
            #expect(try row.get(1, as: [Data].self) == [Data(all), Data(all)])
            #expect(try row.get(2, as: Int.self) == 256)
            #expect(throws: PostgresError.self) { try row.get(2, as: [UInt8].self) }
            #expect(try await connection.query("SELECT 7").single().get(0, as: UInt8.self) == 7)
        }
    }

    @Test func dates() async throws {
        let dates = [0, 1_709_208_000.5, -1, -62_135_596_800, -70_000_000_000, 253_402_300_799, 1_700_000_000.123456]
            .map { Date(timeIntervalSince1970: $0) }
        try await TestServer.with { connection in
            for zone in ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns"] {
                try await connection.execute("SET TimeZone = '\(zone)'")
                for date in dates + [.distantFuture, .distantPast] {
                    let back = try await connection.query("SELECT \(date)::timestamptz").single().get(0, as: Date.self)
                    #expect(abs(back.timeIntervalSince(date)) < 0.000002, "\(date.timeIntervalSince1970) in \(zone)")
                }
            }
            let query: PostgresQuery = "SELECT date '2024-02-29', timestamp '1999-12-31 23:59:59', date '0044-03-15 BC', 'x'"
            let row = try await connection.query(query).single()
            #expect(try row.get(0, as: Date.self).timeIntervalSince1970 == 1_709_164_800)
            #expect(try row.get(1, as: Date.self).timeIntervalSince1970 == 946_684_799)
            #expect(try row.get(2, as: Date.self).timeIntervalSince1970 == -63_517_824_000)
            #expect(throws: PostgresError.self) { try row.get(3, as: Date.self) }
        }
    }

    @Test func intervals() async throws {
        try await roundTrip(
            [
                PostgresInterval(), PostgresInterval(months: 14, days: -3, microseconds: 14_706_789_000),
                PostgresInterval(microseconds: -1), PostgresInterval(days: 5), PostgresInterval(months: -1),
                PostgresInterval(microseconds: 360_000_000_000_000),
            ], as: "interval")
        try await roundTrip([Duration.milliseconds(1500), .zero, .seconds(-90)], as: "interval")
        try await TestServer.with { connection in
            let row = try await connection.query("SELECT interval '1 day', 'x', '1 eon', '1:2'").single()
            for column in 0..<4 { #expect(throws: PostgresError.self) { try row.get(column, as: Duration.self) } }
        }
    }

    @Test func arraysAndNull() async throws {
        try await TestServer.with { connection in
            let row = try await connection.query(
                """
                SELECT \([1, nil, 3] as [Int?])::int[], \([] as [String])::text[], NULL::int[], '[0:1]={7,8}'::int[],
                       \([[1, 2], [3, 4]])::int[][], array_length(\([[1, 2], [3, 4]])::int[][], 1), \(nil as String?)::text
                """
            ).single()
            #expect(try row.get(0, as: [Int?].self) == [1, nil, 3])
            #expect(throws: PostgresError.self) { try row.get(0, as: [Int].self) }
            #expect(try row.get(1, as: [String].self) == [])
            #expect(try row.get(2, as: [Int]?.self) == nil)
            #expect(try row.get(3, as: [Int].self) == [7, 8])
            #expect(throws: PostgresError.self) { try row.get(4, as: [Int].self) }
            #expect(row.text(4) == "{{1,2},{3,4}}")
            #expect(try row.get(5, as: Int.self) == 2)
            #expect(try row.get(6, as: String?.self) == nil)
            let text = try await connection.query("SELECT 'no array', '{', '{\"open'").single()
            for column in 0..<3 { #expect(throws: PostgresError.self) { try text.get(column, as: [String].self) } }
        }
    }

    private struct Payload: Codable, Equatable {
        var name: String
        var at: Date
    }

    @Test func json() async throws {
        let payload = Payload(name: "n", at: Date(timeIntervalSince1970: 1_000_000.000001))
        try await TestServer.with { connection in
            let row = try await connection.query("SELECT \(try PostgresJSON(encoding: payload))::jsonb, '5'::jsonb").single()
            #expect(try row.get(0, as: PostgresJSON.self).decode(Payload.self) == payload)
            #expect(throws: PostgresError.self) { try row.get(1, as: PostgresJSON.self).decode(Payload.self) }
            #expect(throws: PostgresError.self) { try PostgresJSON(encoding: Double.nan) }
            #expect(PostgresJSON("[1]").description == "[1]")
            for date in [Double.infinity, -.infinity, .nan].map(Date.init(timeIntervalSince1970:)) {
                #expect(throws: PostgresError.self) { try PostgresJSON(encoding: [date]) }
            }
            let texts = [1_714_557_600, 1_714_557_600.75, -1.5, 0.9999999].map { Date(timeIntervalSince1970: $0) }
            #expect(
                try PostgresJSON(encoding: texts).text
                    == #"["2024-05-01T10:00:00Z","2024-05-01T10:00:00.750000Z","1969-12-31T23:59:58.500000Z","1970-01-01T00:00:01Z"]"#)
        }
    }

    @Test func valuesShowTheirText() {
        #expect(PostgresValue.null.text == nil)
        #expect([UInt8]([1, 171]).postgresValue.text == "\\x01ab")
        #expect(PostgresValue.integer(UInt64.max).text == "18446744073709551615")
        #expect(UInt8(5).postgresValue.text == "5")
        #expect(PostgresValue.text("1", typeOID: 23).typeOID == 23)
    }
}
