import Foundation
import Testing

@testable import RaceLab

struct ElleExportTests {
    private func export(_ text: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "elle-\(UUID().uuidString).json").path(percentEncoded: false)
        defer { unlink(path) }
        try TransactionHistory(text).writeElle(to: path)
        let written = try String(contentsOfFile: path, encoding: .utf8)
        #expect(try JSONSerialization.jsonObject(with: Data(written.utf8)) is [Any])
        return written
    }

    /// Read skew as elle-cli's own test data has it, with an aborted and a lost transaction more.
    @Test func writesWhatElleReads() throws {
        let written = try export(
            """
            10-20 x:0->1 y:0->1
            15-30 x:1 y:0
            16-17
            20-25 error x:->2
            21-99 unknown x:1->2
            """)
        #expect(
            written == """
                [{"index":0,"type":"invoke","process":0,"time":10,"f":"txn","value":[["r","x",null],["w","x",1],["r","y",null],["w","y",1]]},
                {"index":1,"type":"invoke","process":1,"time":15,"f":"txn","value":[["r","x",null],["r","y",null]]},
                {"index":2,"type":"invoke","process":3,"time":20,"f":"txn","value":[["w","x",2]]},
                {"index":3,"type":"ok","process":0,"time":20,"f":"txn","value":[["r","x",null],["w","x",1],["r","y",null],["w","y",1]]},
                {"index":4,"type":"invoke","process":4,"time":21,"f":"txn","value":[["r","x",null],["w","x",2]]},
                {"index":5,"type":"fail","process":3,"time":25,"f":"txn","value":[["w","x",2]]},
                {"index":6,"type":"ok","process":1,"time":30,"f":"txn","value":[["r","x",1],["r","y",null]]},
                {"index":7,"type":"info","process":4,"time":30,"f":"txn","value":[["r","x",null],["w","x",2]]}]

                """)
        #expect(try export("") == "[]\n")
    }

    /// A client whose transaction is still open cannot begin another as the same process.
    @Test func aClientGoesOnAsANewProcessAfterAnUnknownOutcome() throws {
        var history = TransactionHistory()
        for (number, outcome) in [HistoryRecord.Outcome.ok, .unknown, .unknown, .ok].enumerated() {
            history.begin(start: UInt64(number * 10), end: UInt64(number * 10 + 10), client: 1, sequence: number, outcome: outcome)
            history.access([UInt8(ascii: "x")], read: nil, write: Int64(number))
        }
        let path = FileManager.default.temporaryDirectory.appending(path: "elle-\(UUID().uuidString).json").path(percentEncoded: false)
        defer { unlink(path) }
        try history.writeElle(to: path)
        let objects = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path))) as? [[String: Any]])
        #expect(objects.map { $0["process"] as? Int } == [1, 1, 1, 3, 5, 5, 1, 3])
        #expect(objects.map { $0["type"] as? String } == ["invoke", "ok", "invoke", "invoke", "invoke", "ok", "info", "info"])
        #expect(throws: HistoryError.self) { try history.writeElle(to: "/nonexistent/elle.json") }
    }
}
