import Foundation
import PQClient
import Testing

@testable import DomainFlow

/// Denials that survive the rollback of the transaction in which they were made.
@Suite(.timeLimit(.minutes(2))) struct DurableDenialTests {
    private struct Refused: Error {}

    private let conninfo: String
    private let reader: DomainFlowClient
    private let model = "durable-\(UUID().uuidString)"
    private let subject = "user:\(UUID().uuidString)"

    init() async throws {
        conninfo = try await FacadeDatabase.shared.conninfo()
        reader = DomainFlowClient(try await FacadeDatabase.shared.pool())
        try await reader.defineAuthorizationModel(
            model, source: "model schema 1.1 type user type document relations define editor: [user]")
    }

    private func pool(_ connections: Int) -> PostgresPool { PostgresPool(conninfo: conninfo, maxConnections: connections) }

    private func check(_ database: DomainFlowClient, durable: Bool = true) async throws -> AccessDecision {
        try await database.checkAccess(
            subject, to: "editor", resourceType: "document", resourceID: "1", context: #"{"amount": 1}"#, model: model,
            requestContext: #"{"path": "/7"}"#, durable: durable)
    }

    private func logged() async throws -> [AuditEntry] { try await reader.authorizationDecisions(userID: subject) }

    @Test func aDenialSurvivesTheRollback() async throws {
        let database = DomainFlowClient(pool(2))
        for durable in [false, true] {
            await #expect(throws: Refused.self) {
                try await database.transaction(correlationID: "request-42") {
                    guard try await check($0, durable: durable).isAllowed else { throw Refused() }
                }
            }
            #expect(try await logged().count == (durable ? 1 : 0))
        }
        let entry = try #require(try await logged().first)
        #expect(entry.decision.decision == .deny && entry.decision.action == "editor" && entry.correlationID == "request-42")
        #expect(entry.model == nil && entry.fence == nil)
        let request = try #require(
            try JSONSerialization.jsonObject(with: Data(entry.decision.requestContext.text.utf8)) as? [String: Any])
        let denial = try #require(request["denial"] as? [String: Any])
        #expect(request["path"] as? String == "/7" && denial["model"] as? String == model && denial["revision"] as? Int == 1)
        #expect(denial["reason_code"] as? String == "no_relation" && denial["decision_id"] is String)
    }

    /// Both rows are there when the transaction commits, and the second one names the first.
    @Test func theRowBesideNamesTheDecision() async throws {
        let database = DomainFlowClient(pool(2))
        let id = try await database.transaction { try await check($0).decisionID }
        let rows = try await logged()
        let first = try #require(rows.first { $0.id == id })
        #expect(rows.count == 2 && first.model == model && first.revision == 1 && first.reasonCode == "no_relation")
        #expect(rows.contains { $0.decision.requestContext.text.contains(id.uuidString.lowercased()) })
    }

    /// A call that is a transaction of its own has nothing that could undo it.
    @Test func outsideATransactionOneRowIsEnough() async throws {
        #expect(try await !check(DomainFlowClient(pool(1))).isAllowed)
        let connection = try await PostgresConnection.connect(conninfo)
        #expect(try await !check(DomainFlowClient(connection)).isAllowed)
        await connection.close()
        #expect(try await logged().count == 2)
    }

    @Test func whatIsAllowedIsLoggedOnce() async throws {
        try await reader.writeRelation(subject, "editor", resourceType: "document", resourceID: "1", model: model)
        #expect(try await DomainFlowClient(pool(1)).transaction { try await check($0).isAllowed })
        #expect(try await logged().count == 1)
    }

    @Test func aPoolThatIsUsedUpIsAnErrorAndNoAnswer() async throws {
        let alone = pool(1)
        let began = ContinuousClock.now
        let error = await #expect(throws: DomainFlowError.self) {
            try await DomainFlowClient(alone).transaction { _ = try await check($0) }
        }
        #expect(error?.code == .sysPoolExhausted && error?.httpStatus == 503 && error?.hint?.contains("decisionLog") == true)
        #expect(error?.message == "access was denied, and no connection was free to log the denial")
        // Another task holds the other connection: it may come back, so the check waits for a moment.
        let two = pool(2)
        let (started, start) = AsyncStream<Void>.makeStream()
        let holder = Task {
            try await two.withConnection { _ in
                start.finish()
                try await Task.sleep(for: .seconds(30))
            }
        }
        for await _ in started {}
        let waited = await #expect(throws: DomainFlowError.self) {
            try await DomainFlowClient(two).transaction { database in
                // In a child task, which the pool does not take for the holder of the first connection.
                try await Task { _ = try await check(database) }.value
            }
        }
        holder.cancel()
        #expect(waited?.code == .sysPoolExhausted && began.duration(to: .now) < .seconds(15))
        #expect(try await logged().isEmpty)
    }

    @Test func aPoolOfItsOwnIsNeverUsedUpByTransactions() async throws {
        let database = DomainFlowClient(pool(1), decisionLog: pool(1))
        let error = await #expect(throws: DomainFlowError.self) {
            try await database.transaction {
                try await $0.requireAccess(
                    subject, to: "editor", resourceType: "document", resourceID: "1", model: model, durable: true)
            }
        }
        #expect(error?.code == .authForbidden && error?.sqlState == "DF102" && error?.detail == "reason: no_relation, revision: 1")
        #expect(try await logged().count == 1)
    }

    @Test func aConnectionWithoutAPoolIsRefusedBeforeTheDecision() async throws {
        let connection = try await PostgresConnection.connect(conninfo)
        let error = await #expect(throws: DomainFlowError.self) {
            try await DomainFlowClient(connection).transaction { _ = try await check($0) }
        }
        #expect(error?.postgresError?.kind == .usage && error?.hint?.contains("decisionLog: pool") == true)
        #expect(
            try await DomainFlowClient(connection, decisionLog: pool(1)).transaction { try await !check($0).isAllowed })
        await connection.close()
        #expect(try await logged().count == 2)
    }

    @Test(arguments: [
        ("{}", #"{"a": 1}"#), (" { } ", #"{ "a": 1}"#), (#"{"b": {"c": "}"}}"#, #"{"b": {"c": "}"}, "a": 1}"#),
    ])
    func aMemberIsAddedToAnObject(object: String, expected: String) {
        #expect(PostgresJSON(object).adding("a", "1").text == expected)
    }
}
