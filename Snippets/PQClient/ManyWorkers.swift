// Several workers of one pool, each on the thread of the connection that it borrowed.
// snippet.hide
import PQClient

let pool = PostgresPool(conninfo: "", maxConnections: 4)
// snippet.show
try await withThrowingTaskGroup(of: Void.self) { group in
    for worker in 1...4 {
        group.addTask {
            try await pool.withConnection { connection in
                try await connection.run { connection in
                    for step in 1...3 {
                        try await connection.query("SELECT \(worker)::int, \(step)::int", named: "step")
                    }
                    // A long computation would hold up every connection of this thread: run it elsewhere.
                    let heavy = await Task.detached { (1...1_000).reduce(0, +) }.value
                    try await connection.query("SELECT \(heavy)::int")
                }
            }
        }
    }
    try await group.waitForAll()
}
// snippet.hide
await pool.close()
