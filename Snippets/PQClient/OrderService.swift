// A service with a pool, a transaction and a listener.
// snippet.hide
import Logging
import PQClient

let logger = Logger(label: "orders")
// snippet.show
struct OutOfStock: Error {}

struct Orders: Sendable {
    let pool: PostgresPool

    func place(item: Int, by customer: String) async throws -> Int {
        try await pool.transaction { connection in
            let taken = try await connection.query("UPDATE item SET stock = stock - 1 WHERE id = \(item) AND stock > 0")
            guard taken.affectedRows == 1 else { throw OutOfStock() }
            try await connection.query("SELECT pg_notify('orders', \(customer))")
            return try await connection.query("INSERT INTO purchase (item, customer) VALUES (\(item), \(customer)) RETURNING id")
                .single().get(0, as: Int.self)
        }
    }

    func customers(of items: [Int]) async throws -> [(Int, String)] {
        try await pool.query("SELECT item, customer FROM purchase WHERE item \(in: items) ORDER BY id").decode(Int.self, String.self)
    }
}

var configuration = PostgresPool.Configuration(name: "orders", maxConnections: 20)
configuration.statementObserver = StatementLog(logger).observer
let orders = Orders(pool: PostgresPool(conninfo: "", configuration: configuration))
// snippet.hide
_ = try await orders.pool.withConnection {
    try await $0.execute(
        """
        CREATE TABLE IF NOT EXISTS item (id int PRIMARY KEY, stock int NOT NULL);
        CREATE TABLE IF NOT EXISTS purchase (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item int, customer text);
        INSERT INTO item VALUES (7, 1)
        """)
}
// snippet.show

let listener = try await PostgresListener.open(channels: ["orders"])
let number = try await orders.place(item: 7, by: "Ada")
for await case .notification(let notification) in listener {
    print("\(notification.payload) has placed order \(number)")
    break
}
do {
    _ = try await orders.place(item: 7, by: "Bob")
} catch is OutOfStock {
    print("sold out: \(try await orders.customers(of: [7]))")
} catch let error as PostgresError where error.sqlState == SQLState.checkViolation {
    print("refused: \(error.constraint ?? "")")
}
// snippet.hide
let buyers = try await orders.customers(of: [7])
precondition(buyers.count == 1 && buyers[0] == (7, "Ada"))
listener.close()
_ = try await orders.pool.withConnection { try await $0.execute("DROP TABLE purchase, item") }
await orders.pool.close()
