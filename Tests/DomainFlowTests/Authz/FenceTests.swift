import DomainFlow
import Foundation
import PQClient
import Testing

/// A right that is taken away between a check and the commit of the write that it permitted.
@Suite(.timeLimit(.minutes(2))) struct FenceTests {
    private let pool: PostgresPool
    private let database: DomainFlowClient
    private let model = "fence-\(UUID().uuidString)"
    private let note = "fence_\(UInt32.random(in: .min ... .max))"

    init() async throws {
        pool = PostgresPool(conninfo: try await FacadeDatabase.shared.conninfo(), maxConnections: 3)
        database = DomainFlowClient(pool)
        try await database.defineAuthorizationModel(
            model, source: "model schema 1.1 type user type document relations define editor: [user]")
        try await database.writeRelation("user:anne", "editor", resourceType: "document", resourceID: "1", model: model)
        let note = note
        _ = try await pool.withConnection { try await $0.execute("CREATE TABLE public.\(note) (text text)") }
    }

    /// Checks, lets the right be taken away, and writes. Returns what each run decided.
    private func write(_ options: TransactionOptions, revoking: Bool = true) async throws -> [Bool] {
        let decided = Decided()
        let (model, note, elsewhere) = (model, note, DomainFlowClient(pool))
        try await database.transaction(options) { database, connection in
            let decision = try await database.checkAccess(
                "user:anne", to: "editor", resourceType: "document", resourceID: "1", model: model)
            await decided.add(decision.isAllowed)
            guard decision.isAllowed else { return }
            if revoking {
                try await elsewhere.deleteRelation("user:anne", "editor", resourceType: "document", resourceID: "1", model: model)
            }
            try await connection.query("INSERT INTO public.\(identifier: note) VALUES ('written')")
        }
        return await decided.all
    }

    private func written() async throws -> Int {
        let note = note
        return try await pool.query("SELECT count(*) FROM public.\(identifier: note)").single().get(0)
    }

    private actor Decided {
        var all: [Bool] = []
        func add(_ decision: Bool) { all.append(decision) }
    }

    @Test func theWriteIsCommittedWhileTheRightIsThere() async throws {
        #expect(try await write(.init(), revoking: false) == [true])
        #expect(try await written() == 1)
    }

    @Test func theCommitFailsAsForbidden() async throws {
        let error = await #expect(throws: DomainFlowError.self) { try await write(.init()) }
        #expect(error?.code == .authForbidden && error?.httpStatus == 403 && error?.isRetryable == false, "\(String(describing: error))")
        #expect(error?.postgresError?.sqlState == "DF102")
        #expect(try await written() == 0)
    }

    @Test func atRepeatableReadItRunsAgainAndIsDenied() async throws {
        #expect(try await write(.init(isolation: .repeatableRead)) == [true, false])
        #expect(try await written() == 0)
    }

    /// The batch reports the step and what it undid; its cause is the same error.
    @Test func aBatchFailsForTheSameReason() async throws {
        let (model, note, elsewhere, database) = (model, note, DomainFlowClient(pool), database)
        let error = await #expect(throws: BatchError.self) {
            try await database.batch { batch in
                try await batch.required("write") { connection in
                    try await database.on(connection).requireAccess(
                        "user:anne", to: "editor", resourceType: "document", resourceID: "1", model: model)
                    try await elsewhere.deleteRelation("user:anne", "editor", resourceType: "document", resourceID: "1", model: model)
                    try await connection.query("INSERT INTO public.\(identifier: note) VALUES ('written')")
                }
            }
        }
        #expect(DomainFlowError(try #require(error)).code == .authForbidden)
        #expect(try await written() == 0)
    }
}
