// Rows as tuples and as Decodable types.
// snippet.hide
import Foundation
import PQClient

let connection = try await PostgresConnection.connect()
// snippet.show
let pairs = try await connection.query("SELECT n, CASE WHEN n > 1 THEN 'more' END FROM generate_series(1, 3) AS n")
for (number, note) in try pairs.decode(Int.self, String?.self) {
    print(number, note ?? "-")
}

struct Order: Decodable {
    var id: UUID
    var placedAt: Date
    var tags: [String]
}

// Columns in snake_case fill properties in camelCase.
let rows = try await connection.query(
    "SELECT gen_random_uuid() AS id, now() AS placed_at, ARRAY['gift', 'express'] AS tags")
for order in try rows.decode(as: Order.self) {
    print(order.id, order.placedAt, order.tags)
}
// snippet.hide
let first = try rows.decode(as: Order.self).first
precondition(first?.tags == ["gift", "express"])
await connection.close()
