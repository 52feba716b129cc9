import DomainFlow
import PQClient

struct Receipt: Decodable {
    var order: Int
}

let pool = PostgresPool(conninfo: "", maxConnections: 4, applicationName: "receipt-worker")
let flow = DomainFlowClient(pool)

while true {
    let jobs = try await flow.claimJobs(queue: "receipt", worker: "worker-1", limit: 10)
    if jobs.isEmpty { break }
    for job in jobs {
        let receipt = try job.payload.decode(Receipt.self)
        print("receipt for order \(receipt.order), attempt \(job.attempt)")
        // False means that the lease ran out and another worker has the job, so this work does not count.
        let isOurs = try await flow.completeJob(queue: "receipt", id: job.id, token: job.token)
        if !isOurs { print("job \(job.id) belongs to another worker by now") }
    }
}
await pool.close()
