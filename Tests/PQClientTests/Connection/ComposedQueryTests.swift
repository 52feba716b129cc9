import Foundation
import PQClient
import Testing

@Suite(.timeLimit(.minutes(2))) struct ComposedQueryTests {
    @Test func partsKeepTheirParameters() throws {
        let (a, b, c) = (1, "two", true)
        let filter: PostgresQuery = "AND b = \(b) AND c = \(c)"
        let all: PostgresQuery = "SELECT * FROM t WHERE a = \(a) \(filter) LIMIT \(5)"
        #expect(all.sql == "SELECT * FROM t WHERE a = $1 AND b = $2 AND c = $3 LIMIT $4" && all.binds.count == 4)
        let sum = "SELECT * FROM t WHERE a = \(a) " + filter
        #expect(sum.sql == "SELECT * FROM t WHERE a = $1 AND b = $2 AND c = $3")
        #expect(sum.binds == [a.postgresValue, b.postgresValue, c.postgresValue])
        let filters: [PostgresQuery] = ["a = \(a)", "b IS NULL", "c = \(c)"]
        #expect(filters.joined(separator: " OR ").sql == "a = $1 OR b IS NULL OR c = $2")
    }

    /// A dollar sign in a string, a name, or a comment is none of ours.
    @Test func onlyPlaceholdersAreRenumbered() {
        let tricky: [(String, String)] = [
            ("'$1' || $1", "'$1' || $3"), ("'it''s $1' || $1", "'it''s $1' || $3"), ("E'\\'$1''$1' || $1", "E'\\'$1''$1' || $3"),
            ("\"$1\" + $2", "\"$1\" + $4"), ("a$1 + $1", "a$1 + $3"), ("$$ $1 $$ || $1", "$$ $1 $$ || $3"),
            ("$x$ $1 $$ $x$ || $1", "$x$ $1 $$ $x$ || $3"), ("$1 -- $1\n+ $1", "$3 -- $1\n+ $3"),
            ("/* $1 /* $1 */ $1 */ $1", "/* $1 /* $1 */ $1 */ $3"), ("$12", "$14"), ("'open $1", "'open $1"), ("é$1", "é$1"),
            ("$1 -- $1\r+ $1", "$3 -- $1\r+ $3"), ("E'a'\n'\\'' = '$1' OR $1", "E'a'\n'\\'' = '$1' OR $3"),
            ("e'a' -- $1\r\n 'it\\'s $1' || $1", "e'a' -- $1\r\n 'it\\'s $1' || $3"), ("E'a' '$1' || $1", "E'a' '$1' || $3"),
        ]
        for (text, expected) in tricky {
            let sum = PostgresQuery("", [1.postgresValue, 2.postgresValue]) + PostgresQuery(text, [3.postgresValue])
            #expect(sum.sql == expected)
        }
    }

    @Test func listsAreOneParameter() async throws {
        try await TestServer.with { connection in
            for ids in [[], [1, 3], [2]] {
                let found = try await connection.query("SELECT i FROM generate_series(1, 3) AS i WHERE i \(in: ids)").decode(Int.self)
                let rest = try await connection.query("SELECT i FROM generate_series(1, 3) AS i WHERE i \(notIn: ids)").decode(Int.self)
                #expect(found == ids && rest == (1...3).filter { !ids.contains($0) })
            }
        }
    }

    private struct Event: Codable, Equatable, Sendable {
        var name: String
        var tags: [String]
    }

    private enum Mood: String, Codable, Sendable { case glad, sad }

    private struct Thing: Codable, Equatable, Sendable {
        var moods: [Mood]
        var events: [Event]
        var grid: [[Mood]]
    }

    @Test func encodableValuesAndArraysOfThem() async throws {
        try await TestServer.with { connection in
            let event = Event(name: "it's", tags: ["a"])
            let read = try await connection.query(try "SELECT \(json: event)::jsonb AS e").single().get(0, as: PostgresJSON.self)
            #expect(try read.decode(Event.self) == event)
            #expect(throws: PostgresError.self) { try "SELECT \(json: [Double.nan])" as PostgresQuery }
            try await connection.execute("CREATE TEMP TABLE things (moods text[], events jsonb[], grid text[])")
            let json = try PostgresJSON(encoding: event)
            try await connection.query("INSERT INTO things VALUES (\(["glad", "sad"]), \([json, json])::jsonb[], '{{glad},{sad}}')")
            let things = try await connection.query("SELECT * FROM things").decode(as: Thing.self)
            #expect(things == [Thing(moods: [.glad, .sad], events: [event, event], grid: [[.glad], [.sad]])])
            let wrong = await failure {
                try await connection.query("SELECT ARRAY['x'] AS moods, '{}'::jsonb[] AS events, '{}'::text[] AS grid").decode(
                    as: Thing.self)
            }
            #expect(wrong?.kind == .decoding && wrong?.column == "moods")
        }
    }

    @Test func aStatementHasATimeLimitOfItsOwn() async throws {
        try await TestServer.with { (connection) async throws in
            let late = await failure { try await connection.query("SELECT pg_sleep(60)", timeout: .milliseconds(50)) }
            #expect(late?.kind == .timeout && late?.message.contains("took longer") == true)
            #expect(try await connection.query("SELECT \(1)", timeout: .seconds(60)).single().get(0, as: Int.self) == 1)
            let unique = await failure {
                try await connection.execute("CREATE TEMP TABLE u (i int PRIMARY KEY); INSERT INTO u VALUES (1), (1)")
            }
            #expect(unique?.sqlState == SQLState.uniqueViolation)
        }
    }

    @Test func aScriptQuotesWhatItIsGiven() async throws {
        let (name, text) = ("a \"b\"", "it's 100\\%")
        let script: PostgresScript = "CREATE TEMP TABLE \(identifier: name) AS SELECT \(literal: text) AS t; \(unescaped: "SELECT 1 + 1")"
        try await TestServer.with { connection in
            let results = try await connection.execute(script)
            #expect(results.last?.first?.text(0) == "2")
            #expect(try await connection.query("SELECT t FROM \(identifier: name)").single().get(0, as: String.self) == text)
        }
        #expect(script == PostgresScript(script.sql))
    }
}
