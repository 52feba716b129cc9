import DomainFlow
import PQClient

struct Receipt: Decodable {
    var order: Int
}

struct MailRefused: Error {}

func send(_ receipt: Receipt) async throws {
    if receipt.order < 0 { throw MailRefused() }
}

let pool = PostgresPool(conninfo: "", maxConnections: 4, applicationName: "receipt-worker")
let flow = DomainFlowClient(pool)

for job in try await flow.claimJobs(queue: "receipt", worker: "worker-1", limit: 10, lease: .seconds(30)) {
    do {
        // Extend the lease before work that may take long. An empty answer means that the job is lost.
        guard try await !flow.heartbeatJobs(queue: "receipt", ids: [job.id], token: job.token).isEmpty else { continue }
        try await send(try job.payload.decode(Receipt.self))
        _ = try await flow.completeJob(queue: "receipt", id: job.id, token: job.token)
    } catch let error as MailRefused {
        switch try await flow.failJob(queue: "receipt", id: job.id, token: job.token, error: "\(error)") {
        case .retry: print("job \(job.id) runs again after its backoff")
        case .dead: print("job \(job.id) has no attempts left; requeueJobs() revives it")
        case .stale: print("job \(job.id) belongs to another worker by now")
        }
    }
}

// Takes back the jobs of dead workers. Call it every minute or so.
for job in try await flow.rescueJobs() { print("\(job.queue) \(job.id): \(job.outcome)") }
await pool.close()
