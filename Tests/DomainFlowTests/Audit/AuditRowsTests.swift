import DomainFlow
import Foundation
import PQClient
import Testing

/// The record of rows, and what auditors read of the logs.
@Suite(.timeLimit(.minutes(2))) struct AuditRowsTests {
    private let database: DomainFlowClient
    private let pool: PostgresPool
    private let request = "request-\(UUID().uuidString)"
    private let name = "audited_\(UInt32.random(in: .min ... .max))"
    private var table: String { "public.\(name)" }

    init() async throws {
        pool = try await FacadeDatabase.shared.pool()
        database = DomainFlowClient(pool)
        let name = name
        _ = try await pool.withConnection {
            try await $0.execute("CREATE TABLE public.\(name) (id integer PRIMARY KEY, name text, secret text)")
        }
    }

    private func change(_ statements: [String]) async throws {
        let name = name
        try await database.transaction(correlationID: request) { _, connection in
            for statement in statements { try await connection.query("\(unescaped: statement.replacing("$", with: name))") }
        }
    }

    @Test func changesAreRecordedAndRead() async throws {
        #expect(try await database.auditTable(table, redact: ["secret"]).hasPrefix("domainflow_generated."))
        try await change(["INSERT INTO public.$ VALUES (1, 'a', 's')", "UPDATE public.$ SET name = 'b'"])
        let changes = try await database.rowChanges(table: table, key: #"{"id": 1}"#, purpose: "case 7")
        #expect(changes.map(\.operation) == [.update, .insert] && changes.allSatisfy { $0.correlationID == request })
        #expect(changes[0].old == #"{"name": "a"}"# && changes[0].new == #"{"name": "b"}"#)
        #expect(changes[1].new?.text.contains("secret") == false && changes[1].redacted == #"{"secret": true}"#)
        #expect(changes[0].transactionID == changes[1].transactionID && changes[0].table == name && changes[0].newKey == nil)
        #expect(try await database.rowChanges(correlationID: request, limit: 1).map(\.id) == [changes[0].id])
        let trail = try await database.trail(correlationID: request)
        #expect(trail.filter { $0.table == "row_change" }.count == 2 && trail[0].transactionID == changes[0].transactionID)

        let table = table
        #expect(try await database.auditGuardStatus().filter { $0.object == table }.allSatisfy { $0.holds && $0.found == nil })
        try await change(["ALTER TABLE public.$ DISABLE TRIGGER domainflow_audit"])
        let broken = try #require(try await database.auditGuardStatus().first { $0.object == table })
        #expect(!broken.holds && broken.found?.isEmpty == false)
        try await database.auditTable(table, redact: ["secret"])
        try await database.unauditTable(table)
        try await change(["DELETE FROM public.$"])
        #expect(try await database.rowChanges(table: table, limit: 1).map(\.operation) == [.unaudit])
        let again = await #expect(throws: DomainFlowError.self) { try await database.unauditTable(table) }
        #expect(again?.code == .resNotFound)
        let unnamed = await #expect(throws: DomainFlowError.self) { try await database.rowChanges(table: name) }
        #expect(unnamed?.code == .valInvalidArgument)
    }

    @Test func theLogsGoOnAfterACursor() async throws {
        let began = Date()
        try await database.auditTable(table)
        try await change(["INSERT INTO public.$ VALUES (1)", "INSERT INTO public.$ VALUES (2)"])
        var (cursor, seen, asked): (String?, [String], Int) = (nil, [], 0)
        while seen.count < 3, asked < 1000 {
            let events = try await database.exportAudit(after: cursor, limit: 5, from: began.addingTimeInterval(-1), purpose: "SIEM")
            asked += 1
            cursor = events.last?.nextCursor ?? cursor
            seen += events.map(\.event.text).filter { $0.contains(name) && $0.contains(#""uid": "change:"#) }
            #expect(events.count <= 5)
        }
        #expect(seen.count == 3 && Set(seen).count == 3)
        let refused = await #expect(throws: DomainFlowError.self) { try await database.exportAudit(after: "x") }
        #expect(refused?.code == .valInvalidArgument)
    }

    @Test func aRefusalThatBecameAPermissionIsFound() async throws {
        for decision in [DomainFlowClient.Decision.deny, .deny, .deny, .allow] {
            try await database.logAuthorizationDecision(
                userID: request, resourceType: "t", resourceID: "1", action: "a", decision: decision)
        }
        let found = try await database.suspiciousAccess(purpose: "case 8").filter { $0.userID == request }
        #expect(found.map(\.pattern) == ["denied then allowed"] && found[0].decisions == 4 && found[0].firstAt < found[0].lastAt)
        #expect(found[0].evidence.text.contains(#""denials": 3"#))
        #expect(try await database.authorizationDecisions(userID: request, purpose: "case 8").count == 4)
        let user = request
        let reads: Int = try await pool.query(
            """
            SELECT count(*) FROM domainflow.audit_read
             WHERE purpose = 'case 8' AND function_name = 'get_authorization_decisions' AND arguments ->> 'user_id' = \(user)
            """
        ).single().get(0)
        #expect(reads == 1)
    }
}
