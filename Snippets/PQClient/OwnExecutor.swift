// A worker loop that runs on the thread of its connection, so that no statement costs a thread switch. snippet.hide
import PQClient

// snippet.show
/// Takes the tasks of a table one by one, each in a transaction of its own.
func drain(_ connection: PostgresConnection) async throws -> Int {
    try await connection.run { connection in
        // From here to the end of the closure this task runs on `connection.eventThread`. Each `await` on the connection is a plain call;
        // while it waits for the server, the thread serves its other connections.
        var done = 0
        while true {
            let taken = try await connection.query(
                """
                DELETE FROM todo WHERE id = (SELECT id FROM todo ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id
                """, named: "take")
            if taken.isEmpty { return done }
            done += 1
        }
    }
}
// snippet.hide

let connection = try await PostgresConnection.connect()
try await connection.execute("CREATE TEMPORARY TABLE todo AS SELECT generate_series(1, 3) AS id")
let drained = try await drain(connection)
precondition(drained == 3)
await connection.close()
