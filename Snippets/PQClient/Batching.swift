// A transaction of named steps, one of which may fail, and one that reaches outside the database.
// snippet.hide
import PQClient

struct Card: Sendable {
    func charge(_ amount: Int) async throws -> String { "charge-\(amount)" }
    func refund(_ charge: String) async throws {}
}

let card = Card()
let pool = PostgresPool(conninfo: "", maxConnections: 2)
_ = try await pool.withConnection {
    try await $0.execute("DROP TABLE IF EXISTS booking; CREATE TABLE booking (id int GENERATED ALWAYS AS IDENTITY, seat int NOT NULL)")
}
// snippet.show
let booked = try await pool.batch(TransactionOptions(name: "booking")) { batch in
    let id = try await batch.required("reserve") { connection in
        try await connection.query("INSERT INTO booking (seat) VALUES (7) RETURNING id").single().get(0, as: Int.self)
    }
    // May fail: it runs in a savepoint, and the booking goes on without it.
    try await batch.optional("count") { connection in
        try await connection.query("UPDATE seat_count SET booked = booked + 1")
    }
    try await batch.required("charge") { _ in
        let charge = try await card.charge(30)
        // The database cannot take this back: if the transaction is rolled back, this runs.
        batch.onRollback("refund") { try await card.refund(charge) }
    }
    return id
}
for step in booked.steps { print(step.name, step.error.map { "failed: \($0)" } ?? "done") }
// snippet.hide
precondition(booked.steps.map { $0.error == nil } == [true, false, true])
_ = try await pool.withConnection { try await $0.execute("DROP TABLE booking") }
await pool.close()
