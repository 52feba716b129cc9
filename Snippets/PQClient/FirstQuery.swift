// Connecting, a statement with parameters, and its rows.
// snippet.hide
import PQClient

// snippet.show
// libpq's own rules: a URI, key=value pairs, or nothing for the PG* variables.
let connection = try await PostgresConnection.connect("", applicationName: "first-query")

let name = "O'Hara"
let limit = 10
let result = try await connection.query(
    """
    SELECT n, \(name)::text || ' ' || n AS label
      FROM generate_series(1, \(limit)::int) AS n
    """)
for row in result {
    let number: Int = try row.get("n")
    let label: String = try row.get("label")
    print(number, label)
}
await connection.close()
// snippet.hide
precondition(result.rowCount == 10)
