// A pool with its limits and statistics. snippet.hide
import PQClient

// snippet.show
let pool = PostgresPool(
    conninfo: "",
    configuration: .init(
        name: "shop", applicationName: "shop", minConnections: 1, maxConnections: 8, acquireTimeout: .seconds(5),
        leakThreshold: .seconds(30), leaseReportHandler: { report in print(report) }))

let sum = try await pool.withConnection { connection in
    try await connection.query("SELECT sum(n) FROM generate_series(1, 100) AS n").single().get(0, as: Int.self)
}
print("sum: \(sum)")

let now = pool.statistics
print("\(now.leased) of \(now.maxConnections) lent, \(now.waiting) waiting, p99 of waits \(now.waitTimes.p99)")
await pool.shutdown(grace: .seconds(10))
// snippet.hide
precondition(sum == 5050)
