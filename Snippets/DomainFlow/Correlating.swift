// One id from the request to the rows, the logs and the errors.
// snippet.hide
import DomainFlow
import PQClient

let pool = PostgresPool(conninfo: "", maxConnections: 2)
// snippet.show
let flow = DomainFlowClient(pool, tagging: CorrelationTagging(.applicationName(prefix: "shop"), sampleRate: 0.01))

try await Correlation.with("request-17") {
    // The row of the decision has the id, like every other row written here.
    try await flow.logAuthorizationDecision(
        userID: "ada", resourceType: "order", resourceID: "7", action: "pay", decision: .allow)
    do {
        _ = try await flow.claimJobs(queue: "receipt", worker: "worker-1", limit: 0)
    } catch let error as DomainFlowError {
        print(error.code, error.httpStatus, error.isRetryable, error.correlationID ?? "")
    }
}
// snippet.hide
let found = try await flow.authorizationDecisions(correlationID: "request-17")
precondition(!found.isEmpty)
await pool.close()
