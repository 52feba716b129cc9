// Loading rows with COPY.
// snippet.hide
import PQClient

let connection = try await PostgresConnection.connect()
try await connection.execute("CREATE TEMPORARY TABLE reading (sensor int, note text)")
// snippet.show
let rows = (1...1_000).lazy.map { CopyText.row([.integer($0), $0 % 10 == 0 ? .null : .text("tab\tand\nline")]) }
let taken = try await connection.copyIn("COPY reading (sensor, note) FROM STDIN", rows: rows)
print("\(taken) rows")
// snippet.hide
precondition(taken == 1_000)
await connection.close()
