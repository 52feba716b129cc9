import Foundation
import Testing

@testable import RaceLab

struct HistoryReaderTests {
    private func read(_ text: String) throws(HistoryError) -> TransactionHistory {
        var bytes = [UInt8](text.utf8)
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(HistoryError) in try HistoryReader.read(UnsafeRawBufferPointer(buffer), "h.jsonl") }
        }
        return try result.get()
    }

    /// Key, read and written version of each access, by transaction.
    private func accesses(_ history: TransactionHistory) -> [[String]] {
        (0..<history.count).map { transaction in
            history.accesses[history.accessRange(transaction)].map {
                "\(history.keys[Int($0.key)]):\($0.reads ? "\($0.read)" : "")->\($0.writes ? "\($0.write)" : "")"
            }
        }
    }

    @Test func readsWhatTheHammerWrites() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "history-\(UUID().uuidString).jsonl").path(percentEncoded: false)
        defer { unlink(path) }
        var writer = try HistoryWriter(path: path)
        let columns = ["success", "race_key", "race_read", "race_write", "note"]
        try writer.append(
            HistoryRecord(
                client: 3, sequence: 9, operation: "up\"date", arguments: [("race_key", "not this"), ("k", nil)], startedNanoseconds: 10,
                endedNanoseconds: 20, retried: ["40001"],
                results: [
                    ResultRows(columns: ["other"], rows: [["{\"race_key\": 1}"]]),
                    ResultRows(
                        columns: columns,
                        rows: [
                            ["t", "a", "4", "5", "]}"], ["f", "b", "-7", nil, nil], ["f", "c", nil, nil, "x"], ["f", nil, "1", "2", nil],
                        ]),
                    ResultRows(columns: ["race_write", "race_key"], rows: [["1", "ü\"\\\n\u{1}"]]),
                ]))
        try writer.append(
            HistoryRecord(
                client: 1, sequence: 0, operation: "o", arguments: [("race_key", "a"), ("race_write", "6")], startedNanoseconds: 11,
                endedNanoseconds: 15, outcome: .error, sqlState: "40001", message: "no"))
        try writer.append(
            HistoryRecord(client: 2, sequence: 0, operation: "o", startedNanoseconds: 12, endedNanoseconds: 15, outcome: .unknown))
        try writer.flush()
        let history = try TransactionHistory(path: path)
        #expect(accesses(history) == [["a:4->5", "b:-7->", "ü\"\\\n\u{1}:->1"], ["a:->6"], []])
        #expect(history.transactions.map(\.outcome) == [.ok, .error, .unknown])
        #expect(history.transactions.map(\.start) == [10, 11, 12] && history.transactions.map(\.end) == [20, 15, .max])
        #expect(history.transactions[0].client == 3 && history.transactions[0].sequence == 9 && history.silent == 1)
    }

    @Test func readsOtherJSONOfTheSameMeaning() throws {
        let history = try read(
            """
             { "outcome" : "ok" , "rows" : [ { "race_read" : 4 , "race_key" : 7 } ] , "end":2,"start":1,"seq":0,"client":0,
            """.trimmingCharacters(in: .whitespacesAndNewlines)
                + #" "more": {"a": [true, null, -1.5e3, "\"", {}], "b": []}}"# + "\r\n"
                + #"{"start":1,"end":2,"client":0,"seq":0,"outcome":"ok","rows":[{"race_key":"\u00fc\ud83d\ude00\/\b","race_write":"1"}]}"#)
        #expect(accesses(history) == [["7:4->"], ["ü😀/\u{8}:->1"]])
        #expect(try read("").count == 0)
    }

    @Test(arguments: [
        ("", "line 2, column 1: the line is empty"),
        ("x", "line 2, column 1: expected '{', found 'x'"),
        ("{\"start\":1", "line 2, column 11: expected '}', found the end of the line"),
        ("{\"start\" 1}", "line 2, column 10: expected ':', found '1'"),
        ("{\"start\":}", "line 2, column 10: expected a value, found '}'"),
        ("{start:1}", "line 2, column 2: expected a string, found 's'"),
        ("{\"op\":\"a\\\"", "line 2, column 7: this string has no closing quote"),
        ("{} x", "line 2, column 4: there is more after the operation"),
        ("{}", "line 2, column 1: the operation has no 'outcome'"),
        ("{\"outcome\":\"maybe\"}", "line 2, column 13: 'outcome' must be ok, error or unknown, found 'maybe'"),
        ("{\"outcome\":\"ok\",\"end\":1}", "line 2, column 1: the operation has no 'start'"),
        ("{\"outcome\":\"ok\",\"start\":\"now\",\"end\":1}", "line 2, column 26: 'start' must be an integer, found 'now'"),
        ("{\"outcome\":\"ok\",\"start\":9,\"end\":1}", "line 2, column 1: the operation ends at 1, before it starts at 9"),
        (
            "{\"outcome\":\"ok\",\"start\":1,\"end\":2,\"client\":0,\"seq\":0,\"rows\":[{\"race_key\":\"a\",\"race_read\":\"1.5\"}]}",
            "line 2, column 91: race_read must be an integer, found '1.5'"
        ),
        (
            "{\"outcome\":\"ok\",\"start\":1,\"end\":2,\"client\":0,\"seq\":0,\"rows\":[{\"race_key\":\"a\",\"race_write\":99999999999999999999}]}",
            "race_write must be an integer, found '99999999999999999999'"
        ),
        ("{\"rows\":{}}", "line 2, column 9: expected '[', found '{'"),
        (
            "{\"outcome\":\"ok\",\"start\":1,\"end\":2,\"client\":0,\"seq\":0,\"rows\":[{\"race_key\":\"\\u12\",\"race_read\":1}]}",
            "\\u needs four hexadecimal digits"
        ),
    ])
    func saysWhatIsWrongAndWhere(_ line: String, _ message: String) {
        let good = "{\"start\":1,\"end\":2,\"client\":0,\"seq\":0,\"op\":\"o\",\"args\":{},\"outcome\":\"ok\",\"rows\":[]}\n"
        do {
            _ = try read(good + line + "\n")
            Issue.record("accepted: \(line)")
        } catch {
            #expect("\(error)".contains(message) && "\(error)".hasPrefix("history h.jsonl: line 2, "), "\(error)")
        }
    }

    @Test func saysWhichFileIsNotThere() {
        do {
            _ = try TransactionHistory(path: "/nonexistent/h.jsonl")
            Issue.record("read")
        } catch {
            #expect("\(error)".contains("/nonexistent/h.jsonl"))
        }
    }

    /// The checks say so of a history without accesses: it is no proof of anything.
    @Test func aHistoryWithoutAccessesIsNotAccepted() throws {
        let history = try read("{\"start\":1,\"end\":2,\"client\":0,\"seq\":0,\"outcome\":\"ok\",\"rows\":[{\"id\":\"1\"}]}\n")
        #expect(throws: RaceError.self) { try history.check(HistoryCheck.all) }
        #expect(throws: RaceError.self) { try read("").check([.versions]) }
    }
}
