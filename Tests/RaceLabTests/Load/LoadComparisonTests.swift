import Foundation
import Testing

@testable import RaceLab

struct LoadComparisonTests {
    /// Ten values around 20 ms that vary by about `spread`.
    private func values(_ generator: inout SplitMix64, factor: Double = 1, spread: Double = 0.1) -> [Double] {
        (0..<10).map { _ in
            let (u, v) = (Double.random(in: 1e-9..<1, using: &generator), Double.random(in: 0..<1, using: &generator))
            return 20 * factor * exp(spread * (-2 * log(u)).squareRoot() * cos(2 * .pi * v))
        }
    }

    private func verdict(_ new: [Double], _ old: [Double], worse: Double = 1, tolerance: Double = 0.05) -> LoadComparison.Verdict {
        LoadComparison("p95", new, old, worse: worse, tolerance: tolerance, confidence: 0.95).verdict
    }

    @Test func quantilesAreThoseOfTheTables() {
        for (probability, freedom, value) in [
            (0.975, 1.0, 12.706), (0.975, 9, 2.262), (0.975, 18, 2.101), (0.95, 10, 1.812), (0.995, 120, 2.617),
        ] {
            #expect(abs(StudentT.quantile(probability, degreesOfFreedom: freedom) - value) < 0.002, "\(probability), \(freedom)")
        }
        #expect(abs(StudentT.quantile(0.975, degreesOfFreedom: 1e6) - 1.960) < 0.001)
    }

    /// One in forty intervals lies above what is the same, by chance: that is what 95 % on two sides says.
    @Test func whatIsTheSameIsFlaggedAsOftenAsStated() {
        var generator = SplitMix64(seed: 11)
        let trials = 4000
        var regressions = 0
        var improvements = 0
        for _ in 0..<trials {
            switch verdict(values(&generator), values(&generator), tolerance: 0) {
            case .regression: regressions += 1
            case .improvement: improvements += 1
            default: break
            }
        }
        #expect((60...140).contains(regressions) && (60...140).contains(improvements), "\(regressions), \(improvements)")
    }

    @Test func theToleranceMakesItRarer() {
        var generator = SplitMix64(seed: 12)
        let flagged = (0..<2000).count { _ in verdict(values(&generator), values(&generator)) == .regression }
        #expect(flagged < 20, "\(flagged)")
    }

    @Test func aKnownShiftIsFound() {
        var generator = SplitMix64(seed: 13)
        let found = (0..<500).count { _ in verdict(values(&generator, factor: 1.4), values(&generator)) == .regression }
        #expect(found > 480, "\(found)")
        let better = (0..<500).count { _ in verdict(values(&generator), values(&generator, factor: 1.4)) == .improvement }
        #expect(better > 480, "\(better)")
    }

    @Test func theIntervalHoldsTheTrueRatioAsOftenAsStated() {
        var generator = SplitMix64(seed: 14)
        let covered = (0..<2000).count { _ in
            let comparison = LoadComparison(
                "p95", values(&generator, factor: 1.3, spread: 0.2), values(&generator), worse: 1, tolerance: 0.05, confidence: 0.95)
            return comparison.low! < 1.3 && 1.3 < comparison.high!
        }
        #expect((1860...1940).contains(covered), "\(covered)")
    }

    @Test func lessIsWorseForARate() {
        let (low, high) = ([Double](repeating: 80, count: 10), [Double](repeating: 100, count: 10))
        #expect(verdict(low, high, worse: -1) == .regression && verdict(high, low, worse: -1) == .improvement)
        #expect(verdict(low, high) == .improvement && verdict(high, low) == .regression && verdict(high, high) == .noRegression)
    }

    @Test func whatVariesTooMuchIsUndecidedAndTooFewIsNoPass() {
        var generator = SplitMix64(seed: 15)
        #expect(verdict(values(&generator, spread: 1.5), values(&generator, spread: 1.5)) == .undecided)
        #expect(verdict([], values(&generator)) == .tooFew && verdict(Array(values(&generator).prefix(9)), values(&generator)) == .tooFew)
    }

    @Test func partsNeedEnoughAnswers() {
        let recorder = LoadRecorder(operations: 1)
        for arrival in 0..<1000 {
            let begin = UInt64(arrival) * 20_000_000
            recorder.answered(0, arrival: begin, started: begin, ended: begin + 2_000_000, failed: false, wasFree: true)
        }
        let batches = LoadBatches(recorder, in: 0..<20)
        #expect(batches.p50.count == 10 && batches.p50.allSatisfy { abs($0 - 2) < 0.01 })
        #expect(batches.p95.count == 10 && batches.p99.isEmpty && batches.rate == [Double](repeating: 50, count: 10))
        #expect(LoadBatches(recorder, in: 0..<9).rate.isEmpty)
    }
}

struct LoadBaselineTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "baseline-\(UUID().uuidString)")

    private func report(rate: Double = 50, p95: Double) -> LoadReport {
        let recorder = LoadRecorder(operations: 0)
        func part(_ value: Double) -> [Double] { (0..<10).map { value * (1 + 0.01 * Double($0 % 3)) } }
        return LoadReport(
            scenario: "job/claim", profile: .load, stages: [], rate: rate, arrivals: .poisson, seed: 1, connections: 8, planned: 80,
            seconds: 80, interrupted: false, aborted: nil, total: .init(recorder.total(seconds: 1)), operations: [], dropped: 0,
            errorRate: 0, lateness: nil, p95BySecond: [], invariants: [], tallies: [], failures: [], history: "",
            batches: LoadBatches(p50: part(1), p95: part(p95), p99: [], rate: part(rate)), distribution: "")
    }

    @Test func whatWasSavedIsComparedWith() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "baseline.json").path(percentEncoded: false)
        var baseline = try LoadBaseline(path: path)
        #expect(baseline.compare(report(p95: 5), tolerance: 0.05, confidence: 0.95) == nil)
        baseline.save(report(p95: 5))
        baseline.save(report(rate: 100, p95: 9))
        try baseline.write(path: path)
        let read = try LoadBaseline(path: path)
        #expect(read == baseline && read.entries.keys.sorted() == ["job/claim load 100/s", "job/claim load 50/s"])
        func verdicts(_ p95: Double) -> [LoadComparison.Verdict]? {
            read.compare(report(p95: p95), tolerance: 0.05, confidence: 0.95)?.map(\.verdict)
        }
        #expect(verdicts(5) == [.noRegression, .noRegression, .tooFew, .noRegression])
        #expect(verdicts(8) == [.noRegression, .regression, .tooFew, .noRegression])
        var slower = report(p95: 8)
        slower.comparison = read.compare(slower, tolerance: 0.05, confidence: 0.95)
        #expect(slower.regressed && !slower.held)
        try Data("[]".utf8).write(to: folder.appending(path: "baseline.json"))
        let problem = #expect(throws: LoadBaseline.Problem.self) { try LoadBaseline(path: path) }
        #expect(problem!.description.contains(path))
    }
}
