import Foundation
import Logging
import PQClient
import Synchronization
import Testing

@testable import DomainFlow

@Suite(.timeLimit(.minutes(2))) struct CorrelationTests {
    private func read(_ database: DomainFlowClient, _ expression: String) async throws -> String {
        try await database.value("SELECT COALESCE(\(unescaped: expression), '')")
    }

    @Test func everyCallCarriesTheID() async throws {
        let pool = try await FacadeDatabase.shared.pool()
        let setting = "current_setting('domainflow.correlation_id', true)"
        try await Correlation.with("request-1") {
            #expect(try await read(DomainFlowClient(pool), setting) == "request-1")
            #expect(try await DomainFlowClient(pool).transaction { try await read($0, setting) } == "request-1")
            // The caller's word goes before the task's.
            let own = try await DomainFlowClient(pool).transaction(correlationID: "request-2") { database in
                (Correlation.id, try await read(database, setting))
            }
            #expect(own == ("request-2", "request-2"))
            let (alone, within) = try await pool.withConnection { connection in
                let alone = try await read(DomainFlowClient(connection), setting)
                return (alone, try await connection.transaction { try await read(DomainFlowClient($0), setting) })
            }
            #expect(alone == "request-1" && within == "request-1")
        }
        #expect(try await read(DomainFlowClient(pool), setting) == "")
        // Into rows that have one.
        let id = try await Correlation.with("request-3") {
            try await DomainFlowClient(pool).logAuthorizationDecision(
                userID: "u", resourceType: "t", resourceID: "1", action: "read", decision: .allow)
        }
        let row = try await pool.withConnection { connection in
            try await connection.query("SELECT correlation_id FROM domainflow.audit_log WHERE id = \(id)").single().get(0, as: String.self)
        }
        #expect(row == "request-3")
    }

    private func decide(_ database: DomainFlowClient, _ resource: String) async throws {
        try await database.logAuthorizationDecision(
            userID: "ada", resourceType: "order", resourceID: resource, action: "pay", decision: .allow)
    }

    /// Own statements and the library's in one transaction: however it was begun, the rows carry the id.
    @Test func ownStatementsAndOursShareATransaction() async throws {
        let pool = try await FacadeDatabase.shared.pool()
        let database = DomainFlowClient(pool)
        let own: PostgresQuery = "SELECT set_config('work_mem', '4MB', true)"
        try await Correlation.with("ways") {
            try await database.transaction { database, connection in
                try await connection.query(own)
                try await decide(database, "way-1")
            }
            try await pool.transaction { connection in
                try await connection.query(own)
                try await decide(database.on(connection), "way-2")
            }
            try await pool.transaction { try await decide(DomainFlowClient($0), "way-3") }
            _ = try await database.batch { batch in
                try await batch.required("pay") { try await decide(database.on($0), "way-4") }
            }
            try await decide(database, "way-5")
            try await pool.withConnection { connection in
                try await decide(database.on(connection), "way-6")
                try await connection.execute("BEGIN")
                try await decide(database.on(connection), "way-7")
                try await connection.execute("COMMIT")
            }
        }
        let rows = try await pool.query(
            "SELECT resource_id FROM domainflow.audit_log WHERE correlation_id = 'ways' ORDER BY resource_id")
        #expect(try rows.decode(String.self) == (1...7).map { "way-\($0)" })
    }

    /// What an id was set by may be undone, and one transaction may serve several requests.
    @Test func theIDIsCheckedAtEveryCall() async throws {
        let pool = try await FacadeDatabase.shared.pool()
        let database = DomainFlowClient(pool)
        let setting = "current_setting('domainflow.correlation_id', true)"
        try await pool.transaction { connection in
            let seen = try await Correlation.with("outer") { () async throws in
                _ = try? await connection.savepoint { connection in
                    #expect(try await read(database.on(connection), setting) == "outer")
                    throw CancellationError()
                }
                let after = try await read(database.on(connection), setting)
                let inner = try await Correlation.with("inner") { try await read(database.on(connection), setting) }
                let again = try await read(database.on(connection), setting)
                try await connection.execute("SET LOCAL domainflow.correlation_id = 'other'")
                return [after, inner, again, try await read(database.on(connection), setting)]
            }
            #expect(seen == ["outer", "inner", "outer", "outer"])
        }
    }

    @Test func theBatchCarriesItToo() async throws {
        let pool = try await FacadeDatabase.shared.pool()
        let database = DomainFlowClient(pool)
        let result = try await Correlation.with("request-4") {
            try await database.batch { batch in
                try await batch.required("read") { try await read(database.on($0), "current_setting('domainflow.correlation_id', true)") }
            }
        }
        #expect(result.value == "request-4")
    }

    @Test func taggingIsOptIn() async throws {
        let pool = try await FacadeDatabase.shared.pool()
        try await Correlation.with("it's */ 7") { () async throws in
            #expect(try await read(DomainFlowClient(pool), "current_query()").contains("correlation_id='") == false)
            let commented = DomainFlowClient(pool, tagging: .init(.comment))
            #expect(try await read(commented, "current_query()").hasSuffix("/*correlation_id='it%27s%20%2A%2F%207'*/"))
            let named = DomainFlowClient(pool, tagging: .init(.applicationName(prefix: "orders")))
            #expect(try await read(named, "current_setting('application_name')") == "orders it's */ 7")
            let never = DomainFlowClient(pool, tagging: .init(.comment, sampleRate: 0))
            #expect(try await read(never, "current_query()").contains("correlation_id='") == false)
        }
        #expect(try await read(DomainFlowClient(pool), "current_setting('application_name')").hasPrefix("orders") == false)
    }

    @Test func aRequestIsTaggedInAllItsStatementsOrInNone() {
        let tagging = CorrelationTagging(.comment, sampleRate: 0.25)
        let ids = (0..<20_000).map { "request-\($0)" }
        let chosen = ids.count { tagging.includes($0) }
        #expect((4500...5500).contains(chosen))
        for id in ids.prefix(100) { #expect(tagging.includes(id) == tagging.includes(id)) }
        #expect(ids.allSatisfy { CorrelationTagging(.comment).includes($0) })
    }

    @Test func idsAreCleanAndNewOnesDiffer() async {
        let ids = Set((0..<1000).map { _ in Correlation.newID() })
        #expect(ids.count == 1000 && ids.allSatisfy { $0.count == 32 && $0.allSatisfy(\.isHexDigit) })
        await Correlation.with("a\u{0}b\nc") { #expect(Correlation.id == "abc") }
        await Correlation.with(String(repeating: "x", count: 500)) { #expect(Correlation.id?.count == 200) }
        await Correlation.with("\n") { #expect(Correlation.id?.count == 32) }
        #expect(Correlation.id == nil)
    }

    @Test func logRecordsAreJSONWithTheID() async throws {
        let lines = Mutex<[String]>([])
        func logger(_ provider: Logger.MetadataProvider? = nil) -> Logger {
            Logger(label: "test") { label in
                JSONLogHandler(label: label, metadataProvider: provider) { line in lines.withLock { $0.append(line) } }
            }
        }
        var plain = logger()
        plain[metadataKey: "app"] = "orders"
        plain.debug("not at this level")
        plain.info("hello \"you\"\n\t\u{1}", metadata: ["list": ["a", .stringConvertible(3)], "map": ["k": "v"], "app": "other"])
        await Correlation.with("request-5") {
            logger(.init { ["span": "s"] }).error("failed", error: DomainFlowError(.resNotFound, "gone"))
        }
        let all = lines.withLock { $0 }
        #expect(all.count == 2 && all.allSatisfy { $0.hasSuffix("}\n") && $0.count { $0 == "\n" } == 1 })
        let records = try all.map { try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
        #expect(records[0]["message"] as? String == "hello \"you\"\n\t\u{1}" && records[0]["level"] as? String == "info")
        #expect(records[0]["logger"] as? String == "test" && records[0]["correlation_id"] == nil)
        let metadata = try #require(records[0]["metadata"] as? [String: Any])
        #expect(metadata["app"] as? String == "other" && metadata["list"] as? [String] == ["a", "3"])
        #expect(metadata["map"] as? [String: String] == ["k": "v"])
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        let time = try #require((records[0]["time"] as? String).flatMap(formatter.date(from:)))
        #expect(abs(time.timeIntervalSinceNow) < 600)
        #expect(records[1]["correlation_id"] as? String == "request-5")
        let error = try #require(records[1]["error"] as? [String: Any])
        #expect(error["code"] as? String == "RES_NOT_FOUND" && error["http_status"] as? Int == 404)
        #expect(error["correlation_id"] as? String == "request-5")
        #expect((records[1]["metadata"] as? [String: String]) == ["span": "s"])
    }
}
