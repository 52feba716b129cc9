import Foundation
import TestSupport
import Testing

/// Histories checked from the command line.
@Suite(.blocking) struct RaceCheckTests {
    /// Transfers of two clients that read each other's account: write skew.
    private static func line(_ start: Int, client: Int, _ rows: String) -> String {
        #"{"start":\#(start),"end":\#(start + 50),"client":\#(client),"seq":0,"op":"withdraw","args":{},"outcome":"ok","rows":[\#(rows)]}"#
    }
    private static let skew = [
        line(10, client: 0, #"{"race_key":"a","race_read":"1","race_write":"2"},{"race_key":"b","race_read":"1"}"#),
        line(20, client: 1, #"{"race_key":"b","race_read":"1","race_write":"2"},{"race_key":"a","race_read":"1"}"#),
    ].joined(separator: "\n")

    @Test func findsWhatTheLevelForbids() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write(Self.skew + "\n", to: "skew.jsonl")
        func check(_ arguments: String...) throws -> Program.Outcome {
            try Program.run(arguments: ["race", "check"] + arguments, in: folder.url)
        }
        let found = try check("skew.jsonl", "--elle", "elle.json")
        #expect(found.status == 1, "\(found.error)")
        #expect(
            found.output == """
                skew.jsonl: 2 operations, 4 reads and writes of rows
                serializable: 1 found
                  G2-item: T1 -rw(b: v1->v2)-> T2 -rw(a: v1->v2)-> T1
                versions: nothing found
                linearizable: nothing found

                """)
        #expect(
            try String(contentsOf: folder.url.appendingPathComponent("elle.json"), encoding: .utf8).hasPrefix(
                #"[{"index":0,"type":"invoke""#))
        let allowed = try check("skew.jsonl", "--level", "repeatable read")
        #expect(allowed.status == 0 && allowed.output.contains("repeatable read: nothing found"), "\(allowed.output)\(allowed.error)")
        #expect(!allowed.output.contains("versions"))
        let json = try check("skew.jsonl", "--json", "--level", "serializable", "--versions", "--linearizable")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        let checks = try #require(object["checks"] as? [[String: Any]])
        #expect(json.status == 1 && object["held"] as? Bool == false && checks.map { $0["count"] as? Int } == [1, 0, 0])
    }

    @Test func saysWhatIsWrongWithTheFile() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write(Self.skew + "\n{\n", to: "broken.jsonl")
        try folder.write(Self.line(1, client: 0, #"{"id":"1"}"#) + "\n", to: "silent.jsonl")
        let broken = try Program.run(arguments: ["race", "check", "broken.jsonl"], in: folder.url)
        #expect(broken.status == 2 && broken.error.contains("broken.jsonl: line 3, column 2: expected a string"), "\(broken.error)")
        let silent = try Program.run(arguments: ["race", "check", "silent.jsonl"], in: folder.url)
        #expect(silent.status == 2 && silent.error.contains("none of 1 operations answered a row with race_key"), "\(silent.error)")
        #expect(try Program.run(arguments: ["race", "check", "absent.jsonl"], in: folder.url).status == 2)
        #expect(try Program.run(arguments: ["race", "check", "silent.jsonl", "--level", "snapshot"], in: folder.url).status == 64)
    }
}
