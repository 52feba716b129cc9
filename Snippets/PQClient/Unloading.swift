// Rows out of the database with COPY, as they arrive. snippet.hide
import PQClient

let connection = try await PostgresConnection.connect()
var found = ""
// snippet.show While this loop is busy with a line, nothing is read, and the server waits.
for try await line in connection.copyOut("COPY (SELECT md5(i::text) FROM generate_series(1, 100000) i) TO STDOUT").lines {
    if line.hasPrefix("0000") {
        found = line
        // Leaving early ends the statement on the server.
        break
    }
}
// snippet.hide
precondition(found.count == 32)
await connection.close()
