import DomainFlow
import PQClient

// The PG* variables name the database, which has been set up with `domainflow migrate up`.
let pool = PostgresPool(conninfo: "", maxConnections: 4, applicationName: "shop")
let flow = DomainFlowClient(pool)

try await flow.createQueue("receipt", maxAttempts: 3, backoffBase: .seconds(1))

// Commits both or neither: the logged decision and the job.
try await flow.transaction(correlationID: "request-17") { flow in
    try await flow.logAuthorizationDecision(
        userID: "ada", resourceType: "order", resourceID: "7", action: "pay", decision: .allow)
    try await flow.enqueueJob(queue: "receipt", kind: "send", payload: #"{"order": 7}"#)
}

for stats in try await flow.queueStats("receipt") {
    print("\(stats.queue): \(stats.ready) ready")
}
await pool.close()
