// Notifications, and what to do when some may have been missed.
// snippet.hide
import PQClient

let sender = try await PostgresConnection.connect()
try await sender.execute("DROP TABLE IF EXISTS parcel; CREATE TABLE parcel (id int)")
// snippet.show First listen, then read: a commit in between sends a notification.
let listener = try await PostgresListener.open(channels: ["parcel"])
func parcels() async throws -> [Int] { try await sender.query("SELECT id FROM parcel ORDER BY id").decode(Int.self) }
var known = try await parcels()

try await sender.execute("INSERT INTO parcel VALUES (7); NOTIFY parcel, '7'")

for await event in listener {
    switch event {
    case .notification(let notification):
        known.append(Int(notification.payload) ?? 0)
    case .disconnected(let reason):
        print("deaf for now: \(reason)")
    case .mayHaveMissed:
        // It listens again. The server kept nothing meanwhile: read the table.
        known = try await parcels()
    }
    if known.contains(7) { break }
}
// snippet.hide
precondition(known == [7])
listener.close()
try await sender.execute("DROP TABLE parcel")
await sender.close()
