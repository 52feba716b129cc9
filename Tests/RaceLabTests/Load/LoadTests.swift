import DevCluster
import Foundation
import TestSupport
import Testing

@testable import RaceLab

struct LoadTests {
    let cluster: DevCluster
    let folder = FileManager.default.temporaryDirectory.appending(path: "load-\(UUID().uuidString)")

    init() async throws { cluster = try await LabCluster.get() }

    private func load(
        _ operations: String, _ profile: LoadProfile, thresholds: [String] = [], connections: Int? = nil, stop: StopFlag = StopFlag(),
        change: (inout Load.Options) -> Void = { _ in }, watch: @escaping @Sendable (LoadSnapshot) -> Void = { _ in }
    ) async throws -> LoadReport {
        var options = Load.Options(profile: profile)
        options.arrivals = .constant
        options.thresholds = try thresholds.map { try LoadThreshold($0) }
        change(&options)
        var race = Hammer.Options(seed: 5, historyFolder: folder)
        race.connections = connections
        let load = Load(server: cluster.url, options: options, race: race)
        let invariant = "invariant \"all is written\" { SELECT 1 WHERE (SELECT count(*) FROM race.history) = 0 }"
        let scenario = try Scenario(name: "test/load", file: "load.spec", text: "connections 4 \(operations) \(invariant)")
        let report = await Result.async { try await load.run(scenario, stop: stop, watch: watch) }
        try await load.finish()
        try? FileManager.default.removeItem(at: folder)
        return try report.get()
    }

    /// Twenty a second for a server that does ten: a closed loop would see the tenth of a second that each takes, and no more.
    @Test func waitingCounts() async throws {
        let report = try await load(
            "operation nap { SELECT pg_sleep(0.1) }", LoadProfile(.smoke, rate: 20, seconds: 2), thresholds: ["nap:max<2000"],
            connections: 1)
        #expect(report.total.count == 40 && report.dropped == 0 && report.total.errors == 0 && report.promisesHeld)
        // The last is meant for 1.95 s and starts when 39 others have slept.
        #expect(report.total.max! > 2000 && report.seconds > 4)
        #expect(report.p95BySecond.count == 2 && report.p95BySecond[0]! < report.p95BySecond[1]!)
        #expect(report.operations.map(\.operation) == ["nap"] && report.operations[0].count == 40)
        #expect(!report.thresholdsHeld && !report.held && report.thresholds[0].value == report.total.max)
    }

    @Test func whatIsTooMuchIsDroppedAndAnError() async throws {
        let report = try await load(
            "operation nap { SELECT pg_sleep(0.1) }", LoadProfile(.smoke, rate: 50, seconds: 1),
            thresholds: ["error_rate<0.1", "dropped<100"],
            connections: 1
        ) { $0.queue = 5 }
        #expect(report.total.count + report.dropped == 50 && report.dropped >= 30)
        #expect(report.thresholds.map(\.held) == [false, true] && report.total.errors == 0)
    }

    @Test func aLoadWithRoomHolds() async throws {
        let seen = StopFlag()
        let report = try await load("operation one { SELECT 1 }", LoadProfile(.load, rate: 40, seconds: 4)) { _ in seen.set() }
        #expect(report.held && report.total.count == 140 && report.thresholds.map(\.threshold) == ["error_rate<0.01"], "\(report)")
        #expect(seen.isSet && report.lateness != nil && !report.interrupted && report.connections == 4)
        let json = try JSONSerialization.jsonObject(with: try JSONEncoder().encode(report)) as? [String: Any]
        #expect(json?["held"] as? Bool == true && (json?["total"] as? [String: Any])?["count"] as? Int == 140)
    }

    @Test func unexpectedAnswersAreErrorsAndExpectedOnesAreNot() async throws {
        let profile = LoadProfile(.smoke, rate: 20, seconds: 1)
        let wrong = try await load("operation divide { SELECT 1 / 0 }", profile)
        #expect(wrong.total.errors == 20 && wrong.errorRate == 1 && !wrong.thresholdsHeld && wrong.failures.first?.sqlState == "22012")
        let expected = try await load("operation divide expect \"22012\" { SELECT 1 / 0 }", profile)
        #expect(expected.total.errors == 0 && expected.held)
    }

    @Test func aLostThresholdEndsTheLoadIfItIsToAbort() async throws {
        let report = try await load(
            "operation divide { SELECT 1 / 0 }", LoadProfile(.smoke, rate: 50, seconds: 600), thresholds: ["rate>0", "error_rate<0.001"]
        ) { $0.abort = true }
        #expect(report.aborted == "error_rate<0.001" && report.total.count < 15_000 && !report.interrupted && report.promisesHeld)
    }

    @Test func aStressEndsAtTheStepThatBreaks() async throws {
        // At most twenty a second are possible: of the third step, thirty in a second, the last waits half a second.
        let report = try await load(
            "operation nap { SELECT pg_sleep(0.05) }", LoadProfile(.stress, rate: 100, seconds: 10), thresholds: ["max<400"], connections: 1
        )
        let steps = try #require(report.steps)
        #expect(steps.count <= 3 && steps.last?.held == false && steps.dropLast().allSatisfy(\.held) && !report.thresholdsHeld)
        #expect(report.seconds < 10)
        #expect(report.highestHeld == steps.dropLast().last?.rate)
        let held = try await load(
            "operation one { SELECT 1 }", LoadProfile(.stress, rate: 50, seconds: 10), thresholds: ["error_rate<0.01"])
        #expect(held.highestHeld == 50 && held.thresholdsHeld && held.steps?.map(\.count) == (1...10).map { $0 * 5 })
    }

    @Test func aSpikeAndASoakSayWhatBecameOfIt() async throws {
        let spike = try await load("operation one { SELECT 1 }", LoadProfile(.spike, rate: 50, seconds: 4))
        #expect(spike.recovery?.before != nil && spike.recovery?.after != nil && spike.steps == nil)
        let soak = try await load("operation one { SELECT 1 }", LoadProfile(.soak, rate: 50, seconds: 3))
        let drift = try #require(soak.drift)
        #expect(drift.latency.allSatisfy { $0.verdict == .tooFew } && drift.memoryBefore! > 0 && drift.memoryAfter! > 0)
        #expect(drift.sizeBefore! > 0 && drift.sizeAfter! > 0 && soak.held)
    }

    @Test func memoryThatGrowsIsDrift() {
        func drift(_ before: Int?, _ after: Int?) -> Bool {
            LoadReport.Drift(latency: [], memoryBefore: before, memoryAfter: after, sizeBefore: nil, sizeAfter: nil).isShown
        }
        #expect(drift(4 << 20, 6 << 20) && !drift(4 << 20, 5 << 20) && !drift(100 << 20, 105 << 20) && !drift(nil, 5 << 20))
    }

    @Test func stoppingEarlyStillReports() async throws {
        let stop = StopFlag()
        let report = try await load(
            "operation one { SELECT 1 }", LoadProfile(.soak, rate: 20, seconds: 600), stop: stop, watch: { _ in stop.set() })
        #expect(report.interrupted && report.total.count > 0 && report.dropped == 0 && report.thresholdsHeld)
    }

    @Test func aServerThatGoesAwayIsErrorsNotTheEnd() async throws {
        let report = try await load(
            """
            operation one weight 9 { SELECT 1 }
            operation end clients 1 { SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
                AND application_name = 'domainflow race client' AND pid <> pg_backend_pid() LIMIT 1 }
            """, LoadProfile(.smoke, rate: 100, seconds: 2), thresholds: ["error_rate<0.9"])
        #expect(report.total.errors > 0 && report.total.count == 200)
    }

    @Test func aThresholdOfNoOperationIsAnError() async throws {
        await #expect(throws: RaceError.self) {
            try await load("operation one { SELECT 1 }", LoadProfile(.smoke), thresholds: ["two:max<1"])
        }
    }
}
