import DomainFlow
import PQClient

struct Receipt: Decodable {
    var order: Int
}

let pool = PostgresPool(conninfo: "", maxConnections: 4, applicationName: "receipt-worker")

let done = try await pool.withConnection { connection in
    // The loop runs on the connection's own thread, so its calls do not change threads.
    try await connection.run { connection in
        let flow = DomainFlowClient(connection)
        var done = 0
        while true {
            let jobs = try await flow.claimJobs(queue: "receipt", worker: "worker-1", limit: 10)
            if jobs.isEmpty { return done }
            for job in jobs {
                _ = try job.payload.decode(Receipt.self)
                if try await flow.completeJob(queue: "receipt", id: job.id, token: job.token) { done += 1 }
            }
        }
    }
}
print("\(done) receipts")
await pool.close()
