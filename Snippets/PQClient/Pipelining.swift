// Many statements in one round trip to the server. snippet.hide
import PQClient

let connection = try await PostgresConnection.connect()
try await connection.execute("CREATE TEMPORARY TABLE account (id int PRIMARY KEY, balance int NOT NULL CHECK (balance >= 0))")
// snippet.show One unit, so one transaction: all of it takes effect or none.
let results = try await connection.pipeline { pipeline in
    for id in 1...100 {
        pipeline.add("INSERT INTO account VALUES (\(id), 10) RETURNING id", named: "open account")
    }
}
print("\(results.count) accounts")

// A unit per statement: each is committed, or fails, by itself.
var withdrawals = PostgresPipeline()
for (id, amount) in [(1, 5), (2, 50), (3, 10)] {
    withdrawals.add("UPDATE account SET balance = balance - \(amount) WHERE id = \(id) RETURNING balance")
    withdrawals.endUnit()
}
let outcomes = try await connection.outcomes(of: withdrawals)
for outcome in outcomes {
    switch outcome {
    case .success(let result): print("left:", try result.single().get("balance", as: Int.self))
    case .failure(let error): print("refused:", error.message)
    }
}
// snippet.hide
precondition(results.count == 100 && outcomes.map { (try? $0.get()) != nil } == [true, false, true])
await connection.close()
