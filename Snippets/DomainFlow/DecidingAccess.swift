// A write that is decided, logged and committed together.
// snippet.hide
import DomainFlow
import PQClient

// snippet.show
let pool = PostgresPool(conninfo: "", maxConnections: 8)
// Denials are logged over a pool of their own, so a rollback does not reach them.
let flow = DomainFlowClient(pool, decisionLog: PostgresPool(conninfo: "", maxConnections: 2))
// snippet.hide
try await flow.defineAuthorizationModel(
    "default", source: "model schema 1.1 type user type document relations define editor: [user]")
try await flow.writeRelation("user:anne", "editor", resourceType: "document", resourceID: "7")
try await pool.query("CREATE TABLE IF NOT EXISTS public.document (id text PRIMARY KEY, title text)")
// snippet.show

func rename(_ id: String, to title: String, by user: String) async throws {
    try await flow.transaction { flow, connection in
        try await flow.requireAccess(user, to: "editor", resourceType: "document", resourceID: id, durable: true)
        try await connection.query("UPDATE document SET title = \(title) WHERE id = \(id)")
        // The commit fails if the right was taken away since the check.
    }
}

try await rename("7", to: "Plan", by: "user:anne")
do {
    try await rename("7", to: "Mine", by: "user:eve")
} catch let error as DomainFlowError where error.code == .authForbidden {
    print(error.httpStatus, error.message)
}

for try await id in flow.allResources("user:anne", to: "editor", resourceType: "document") {
    print("document:\(id)")
}
// snippet.hide
let denials = try await flow.authorizationDecisions(userID: "user:eve", decision: .deny)
precondition(!denials.isEmpty)
await pool.close()
