// A transaction that is retried when another one got in its way. snippet.hide
import PQClient

let pool = PostgresPool(conninfo: "", maxConnections: 2)
_ = try await pool.withConnection {
    try await $0.execute("CREATE TABLE IF NOT EXISTS account (id int PRIMARY KEY, balance int NOT NULL)")
    try await $0.execute("INSERT INTO account VALUES (1, 100), (2, 0) ON CONFLICT DO NOTHING")
}
// snippet.show
let options = TransactionOptions(
    name: "transfer", isolation: .serializable, timeout: .seconds(5),
    onRetry: { attempt, error in print("try \(attempt) after: \(error)") })
let left = try await pool.transaction(options) { connection in
    // All of this may run more than once: it must leave nothing behind outside the database.
    try await connection.query("UPDATE account SET balance = balance + 10 WHERE id = 2")
    return try await connection.query("UPDATE account SET balance = balance - 10 WHERE id = 1 RETURNING balance")
        .single().get(0, as: Int.self)
}
print("left: \(left)")
// snippet.hide
_ = try await pool.withConnection { try await $0.execute("DROP TABLE account") }
await pool.close()
