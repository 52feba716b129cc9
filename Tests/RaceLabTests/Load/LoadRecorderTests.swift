import Testing

@testable import RaceLab

struct LoadRecorderTests {
    private let second: UInt64 = 1_000_000_000

    @Test func latencyCountsFromTheIntendedStart() {
        let recorder = LoadRecorder(operations: 2)
        recorder.answered(0, arrival: 0, started: 100_000, ended: second, failed: false, wasFree: true)
        recorder.answered(1, arrival: second / 2, started: 3 * second, ended: 3 * second + 1_000_000, failed: true, wasFree: false)
        recorder.dropped([second, 2 * second])
        let total = recorder.total(seconds: 4)
        #expect(total.answered == 2 && total.errors == 1 && total.dropped == 2 && total.rate == 0.5 && total.errorRate == 0.75)
        #expect(abs(total.percentile(50)! - 1000) < 1 && abs(total.maximum! - 2501) < 2)
        // What waited for a connection did not start late by the client's doing.
        #expect(recorder.lateness.answered == 1 && abs(recorder.lateness.maximum! - 0.1) < 0.001)
        #expect(recorder.figures(in: 0..<1).answered == 2 && recorder.figures(in: 1..<3).dropped == 2)
        #expect(recorder.figures(in: 0..<1, of: 1).errors == 1 && recorder.figures(in: 0..<9, of: 0).dropped == 0)
        #expect(recorder.total(of: 1, seconds: 4).answered == 1 && recorder.seconds == 3)
        #expect(abs(recorder.lastAnswer - 3.001) < 1e-9)
    }

    @Test func aSpikeIsOverWhenLatencyStaysLow() {
        #expect(LoadReport.Recovery.recovered([2, 2, nil, 3], before: 2) == 0)
        #expect(LoadReport.Recovery.recovered([90, 40, 5, 3, 3], before: 2) == 3)
        #expect(LoadReport.Recovery.recovered([90, 3, 40, 3], before: 2) == 3)
        #expect(LoadReport.Recovery.recovered([3, 3, 90], before: 2) == nil)
    }

    @Test func theDistributionIsHdrHistograms() {
        var figures = LoadFigures()
        for milliseconds in 1...100 { figures.record(microseconds: UInt64(milliseconds) * 1000) }
        let lines = figures.distribution.split(separator: "\n")
        #expect(lines[0].contains("Percentile") && lines[0].contains("1/(1-Percentile)"))
        #expect(lines.contains { $0.hasPrefix("#[Max") } && figures.distribution.contains("50.0"))
    }
}
