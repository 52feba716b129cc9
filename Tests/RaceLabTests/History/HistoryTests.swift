import Foundation
import Testing

@testable import RaceLab

struct HistoryTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "history-\(UUID().uuidString)").path(percentEncoded: false)

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    @Test func aRecordIsOneJSONLine() throws {
        let record = HistoryRecord(
            client: 3, sequence: 41, operation: "say \"hi\"", arguments: [("k", "1"), ("none", nil)], startedNanoseconds: 10,
            endedNanoseconds: 20, outcome: .error, sqlState: "DF304", message: "a\nb\tc\u{1}\\", retried: ["40001", "40P01"],
            deadlocks: ["Process 1 waits\nfor \"2\""],
            results: [ResultRows(columns: ["id", "name"], rows: [["7", "ü"], ["8", nil]])])
        let line = String(decoding: record.line(), as: UTF8.self)
        #expect(line.hasPrefix("{\"start\":10,\"end\":20,\"client\":3,\"seq\":41,") && line.hasSuffix("}\n"))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(record.line())) as? [String: Any])
        #expect(object["op"] as? String == "say \"hi\"")
        #expect(object["message"] as? String == "a\nb\tc\u{1}\\")
        #expect(object["retried"] as? [String] == ["40001", "40P01"])
        #expect(object["deadlocks"] as? [String] == ["Process 1 waits\nfor \"2\""])
        #expect((object["args"] as? [String: Any])?["none"] is NSNull)
        let rows = try #require(object["rows"] as? [[String: Any]])
        #expect(rows.count == 2 && rows[0]["name"] as? String == "ü" && rows[1]["name"] is NSNull)
    }

    @Test func partsAreMergedInOrderOfStartAndNothingIsLost() throws {
        var generator = SplitMix64(seed: 7)
        var parts: [String] = []
        var expected: [UInt64] = []
        for client in 0..<5 {
            let path = "\(folder)/part-\(client)"
            var writer = try HistoryWriter(path: path)
            var start = UInt64(client)
            for sequence in 0..<(client == 4 ? 0 : 2000) {
                start += .random(in: 1...50, using: &generator)
                expected.append(start)
                try writer.append(HistoryRecord(client: client, sequence: sequence, operation: "op", startedNanoseconds: start))
            }
            try writer.flush()
            parts.append(path)
        }
        try HistoryFiles.merge(parts, into: "\(folder)/all.jsonl")
        var starts: [UInt64] = []
        for line in try LineReader(path: "\(folder)/all.jsonl") {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            starts.append(try #require(object["start"] as? UInt64))
        }
        #expect(starts == expected.sorted())
        #expect(parts.allSatisfy { !FileManager.default.fileExists(atPath: $0) })
    }

    @Test func saysWhichFileCouldNotBeWritten() {
        do {
            _ = try HistoryWriter(path: "/nonexistent/part")
            Issue.record("opened")
        } catch {
            #expect(error.description.contains("/nonexistent/part"))
        }
        #expect(throws: HistoryError.self) { try HistoryFiles.merge(["\(folder)/absent"], into: "\(folder)/x") }
    }
}

struct OperationPlanTests {
    private func plan(_ operation: String, rows: Int = 8) throws -> OperationPlan {
        let scenario = try Scenario(
            name: "t", file: "t", text: "operation keep capture held { SELECT 1 } \(operation) invariant i { SELECT 1 }")
        return OperationPlan(scenario.operations[1], index: 1, rows: rows, connections: 4)
    }

    @Test func aSeedBringsTheSameValuesBackAndClientsDiffer() throws {
        let plan = try plan(
            "operation o let a = random(1, rows) let b = a { SELECT :a, :b, :client, :worker, :sequence, :random(5, 5), :a; SELECT :a }")
        var one = SplitMix64(seed: 1, client: 2)
        var same = SplitMix64(seed: 1, client: 2)
        var other = SplitMix64(seed: 1, client: 3)
        let values = try (0..<50).map { try plan.values(client: 2, sequence: $0, input: [], &one) }
        #expect(try values == (0..<50).map { try plan.values(client: 2, sequence: $0, input: [], &same) })
        #expect(try values != (0..<50).map { try plan.values(client: 2, sequence: $0, input: [], &other) })
        #expect(values.allSatisfy { (1...8).contains(Int($0[0]!)!) && $0[0] == $0[1] })
        #expect(values[7][2...] == ["2", "client-2", "7", "5"])
        #expect(plan.statements.map(\.slots) == [[0, 1, 2, 3, 4, 5], [0]])
        #expect(plan.slots.map(\.recordedAs) == ["a", "b", nil, nil, nil, "random"])
    }

    @Test func capturedRowsBecomeValuesOrArrays() throws {
        let rows = [
            CapturedRow(columns: ["id", "token"], values: ["1", "a\"b\\"]), CapturedRow(columns: ["id", "token"], values: ["2", nil]),
        ]
        var generator = SplitMix64(seed: 1)
        let single = try plan("operation o take held { SELECT :held.id, :held.token }")
        #expect(try single.values(client: 0, sequence: 0, input: [rows[0]], &generator) == ["1", "a\"b\\"])
        let several = try plan("operation o take 5 held { SELECT :held.id, :held.token }")
        #expect(try several.values(client: 0, sequence: 0, input: rows, &generator) == ["{\"1\",\"2\"}", "{\"a\\\"b\\\\\",NULL}"])
        let wrong = try plan("operation o take held { SELECT :held.nope }")
        #expect(throws: OperationPlan.MissingColumn.self) { try wrong.values(client: 0, sequence: 0, input: rows, &generator) }
    }
}
