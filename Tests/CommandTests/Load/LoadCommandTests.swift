import Foundation
import TestSupport
import Testing

@testable import RaceLab
@testable import domainflow

/// A load from the command line.
@Suite(.blocking) struct LoadCommandTests {
    private func object(_ outcome: Program.Outcome) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome.error)")
    }

    @Test func loads() async throws {
        let url = try await TestServer.shared.url()
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        func load(_ arguments: String...) throws -> Program.Outcome {
            try Program.run(arguments: ["load"] + arguments + ["--database-url", url], in: folder.url)
        }

        let smoke = try load("smoke", "job/claim", "--seconds", "1", "--rate", "20", "--seed", "3", "--histogram", "latency.txt")
        #expect(smoke.status == 0 && smoke.output.contains("error_rate<0.01         0  held"), "\(smoke.output)\(smoke.error)")
        #expect(try folder.text("latency.txt").contains("1/(1-Percentile)"))
        #expect(try folder.text(".domainflow/load/job-claim-3.jsonl").contains("\"op\":\"enqueue\""))
        let broken = try load("smoke", "job/claim", "--seconds", "1", "--rate", "20", "--threshold", "enqueue:p(95)<0.001", "--json")
        #expect(broken.status == 5)
        let json = try object(broken)
        #expect(json["held"] as? Bool == false && json["promisesHeld"] as? Bool == true && json["thresholdsHeld"] as? Bool == false)

        // Thresholds in the file; a promise that does not hold outranks them.
        try folder.write(
            "operation one { SELECT 1 }\ninvariant none { SELECT 1 AS wrong }\nthreshold 'max<0.0001'", to: "wrong.spec")
        let wrong = try load("smoke", "wrong.spec", "--seconds", "1", "--abort")
        #expect(wrong.status == 1 && wrong.output.contains("max<0.0001") && wrong.output.contains("none: 1 violations"), "\(wrong.output)")

        let unknown = try load("smoke", "wrong.spec", "--baseline", "none.json")
        #expect(unknown.status == 2 && unknown.error.contains("none.json has no entry for 'wrong smoke 5/s'"))
        #expect(try load("smoke", "job/claim", "--threshold", "claims:max<1").status == 2)
    }

    /// A baseline needs ten parts of a second each, which is what makes these two the longest tests.
    private func load(napping milliseconds: Double, in folder: TemporaryFolder, _ arguments: String...) async throws -> Program.Outcome {
        try folder.write(
            "operation nap { SELECT pg_sleep(\(milliseconds / 1000)) }\ninvariant none { SELECT 1 WHERE false }", to: "nap.spec")
        let common = [
            "load", "smoke", "nap.spec", "--rate", "30", "--seconds", "10", "--baseline", "known.json", "--save-baseline", "--json",
        ]
        return try Program.run(
            arguments: common + arguments + ["--database-url", try await TestServer.shared.url()], in: folder.url)
    }

    @Test func aBaselineIsSaved() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let first = try await load(napping: 20, in: folder)
        #expect(first.status == 0, "\(first.output)\(first.error)")
        let saved = try #require(try LoadBaseline(path: folder.path("known.json")).entries["nap smoke 30/s"])
        #expect(saved.seconds == 10 && saved.batches.p50.count == 10 && saved.batches.p50.allSatisfy { $0 >= 20 }, "\(saved)")
    }

    @Test func aSlowerLoadIsARegression() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let quick = (0..<10).map { 20 + Double($0 % 3) / 10 }
        let entry = LoadBaseline.Entry(
            connections: 16, seconds: 10, batches: LoadBatches(p50: quick, p95: [], p99: [], rate: quick.map { _ in 30 }))
        let known = String(decoding: try JSONEncoder().encode(["entries": ["nap smoke 30/s": entry]]), as: UTF8.self)
        try folder.write(known, to: "known.json")
        // Ten times as long in each part: whatever the machine does meanwhile, this is slower.
        let slower = try await load(napping: 200, in: folder, "--tolerance", "1")
        #expect(slower.status == 5 && slower.error.contains("is unchanged"), "\(slower.output)\(slower.error)")
        #expect(try folder.text("known.json") == known)
        let lines = try #require(try object(slower)["comparison"] as? [[String: Any]])
        #expect(lines.first { $0["name"] as? String == "p50" }?["verdict"] as? String == "regression")
    }

    @Test func wrongUsageIsToldBeforeAnythingRuns() throws {
        for arguments in [
            [], ["smoke"], ["rush", "job/claim"], ["smoke", "job/claim", "--rate", "0"], ["smoke", "job/claim", "--seconds", "-1"],
            ["smoke", "job/claim", "--threshold", "p(95)"], ["stress", "job/claim", "--seconds", "5"],
            ["smoke", "job/claim", "--save-baseline"], ["spike", "job/claim", "--baseline", "b.json"],
            ["smoke", "job/claim", "--confidence", "1"], ["smoke", "job/claim", "--queue", "0"],
        ] {
            #expect(try Program.run(arguments: ["load"] + arguments).status == 64, "\(arguments)")
        }
        let wrong = try Program.run("load", "smoke", "job/claim", "--threshold", "claim:p95<5")
        #expect(wrong.error.contains("character 7: 'p95' is not a measure"), "\(wrong.error)")
    }

    @Test func comparisonsAndProgressAreWords() {
        let old = (0..<10).map { 10 + Double($0 % 2) }
        let comparison = LoadComparison("p95", old.map { $0 * 1.5 }, old, worse: 1, tolerance: 0.05, confidence: 0.95)
        let text = LoadReportText.text(comparison, of: "of the baseline", tooFew: "")
        #expect(text.hasPrefix("p95 1.50x of the baseline (95 % interval 1.4") && text.hasSuffix("): regression"), "\(text)")
        let few = LoadComparison("p99", [], old, worse: 1, tolerance: 0.05, confidence: 0.95)
        #expect(LoadReportText.text(few, of: "", tooFew: "both loads need").contains("both loads need ten parts"))
        #expect(LoadReportText.sparkline((0..<120).map { Double($0) }).count == 60 && LoadReportText.sparkline([nil, 1, 2]) == " ▁█")
        let snapshot = LoadSnapshot(
            elapsed: 12.3, stage: "hold", asked: 50, answered: 49, p50: 1, p95: 2.5, p99: nil, errors: 0, dropped: 3, waiting: 1200,
            recentP95: [1, nil, 2])
        #expect(
            LoadProgressText.text("job/claim", LoadProfile(.load), snapshot)
                == "job/claim: hold, 12 of 80.0 s, 49.0 of 50.0/s, p50 1.00 ms, p95 2.50 ms, p99 - ▁ █, 1,200 waiting, 3 dropped")
    }
}
