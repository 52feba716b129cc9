import ArgumentParser
import Foundation
import RaceLab

struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Put a load on the operations of a scenario at a given rate and judge its latency.",
        discussion: """
            Operations start when they are meant to, however slow the answers are, and are timed from then, so waiting for a free \
            connection counts. Afterwards the scenario's invariants are judged. Each load runs in a database of its own that is \
            dropped afterwards.

            smoke   5/s for 10 s: does it work at all?
            load    up to 50/s in 10 s, 60 s there, and down: is it fast enough?
            stress  ten steps of 10 s up to 1,000/s, until one breaks: where is the limit?
            spike   20/s, 200/s for 20 s, 20/s: how long until it has recovered?
            soak    50/s for 30 min: do latency or memory grow?

            Thresholds are p(95)<500 and the like, avg and max in milliseconds, error_rate<0.01, dropped<1, rate>100 in answers per \
            second; claim:p(95)<50 is about one operation. Without any, error_rate<0.01 counts, with a stress p(95)<500 too.

            Exit code 0 when everything held, 1 when an invariant did not, 5 when a threshold was broken, a soak drifted or a \
            regression was found.
            """)

    @Argument(help: "How the rate goes.")
    var profile: LoadProfile.Kind

    @Argument(help: "A name as `race list` shows it, or the path of a .spec file.")
    var scenario: String

    @Option(help: "Operations per second at the peak. Default: the profile's.")
    var rate: Double?

    @Option(help: "How long the whole profile takes. Default: the profile's own time.")
    var seconds: Double?

    @Option(help: "How arrivals follow each other.")
    var arrivals = LoadArrivals.Spacing.poisson

    @Option(
        help: "How many arrivals may wait for a connection; more are dropped. Default: those of ten seconds at the peak, at least 1,000.")
    var queue: Int?

    @Option(
        help: ArgumentHelp("A bound to keep, besides those of the scenario. May be given several times.", valueName: "expression"),
        transform: { try LoadThreshold($0) })
    var threshold: [LoadThreshold] = []

    @Flag(help: "End as soon as a threshold cannot hold any more, whatever is still to come.")
    var abort = false

    @Option(help: ArgumentHelp("Compare with what this file says about the same scenario, profile and rate.", valueName: "file"))
    var baseline: String?

    @Flag(help: "Write what was measured into the file of --baseline, unless something did not hold.")
    var saveBaseline = false

    @Option(help: "How much slower than the baseline is no regression, and how much later in a soak no drift.")
    var tolerance = 0.05

    @Option(help: "How certain a regression or a drift must be.")
    var confidence = 0.95

    @Option(help: ArgumentHelp("Write the distribution of all latencies there, as HdrHistogram prints it.", valueName: "file"))
    var histogram: String?

    @OptionGroup var hammering: HammerOptions

    @Option(help: ArgumentHelp("Where the history is written.", valueName: "folder"))
    var history = ".domainflow/load"

    @Flag(help: "As JSON.")
    var json = false

    @OptionGroup var tables: TableOptions

    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        for (name, value) in [("--rate", rate), ("--seconds", seconds)] {
            if let value, !(value > 0 && value.isFinite) { throw ValidationError("\(name) must be more than 0") }
        }
        if let queue, queue < 1 { throw ValidationError("--queue must be at least 1") }
        if let seconds, profile == .stress, seconds < Double(LoadProfile.Kind.steps) {
            throw ValidationError("--seconds must be at least \(LoadProfile.Kind.steps) for a stress: it has as many steps")
        }
        if !(tolerance >= 0) { throw ValidationError("--tolerance must be 0 or more") }
        if !(confidence > 0 && confidence < 1) { throw ValidationError("--confidence must be between 0 and 1") }
        if saveBaseline, baseline == nil { throw ValidationError("--save-baseline needs --baseline, the file to write") }
        if baseline != nil, LoadProfile(profile).hold == nil {
            throw ValidationError("--baseline is for smoke, load and soak: the rate of a \(profile.rawValue) changes all the time")
        }
    }

    func run() async throws {
        let scenario = try RaceOptions.reporting { try ScenarioLibrary.find(self.scenario) }
        var known = try RaceOptions.reporting { try baseline.map { try LoadBaseline(path: $0) } }
        var options = Load.Options(profile: LoadProfile(profile, rate: rate, seconds: seconds))
        (options.arrivals, options.thresholds, options.abort, options.queue) = (arrivals, threshold, abort, queue)
        (options.tolerance, options.confidence) = (tolerance, confidence)
        let key = LoadBaseline.key(scenario: scenario.name, options.profile)
        if let baseline, let known, known.entries[key] == nil, !saveBaseline {
            throw CommandFailure(
                .badInput, "\(baseline) knows nothing about '\(key)'", hint: "the first time, --save-baseline writes what is measured")
        }
        let stop = Interrupt.watch()
        let load = Load(server: try await connection.resolve(), options: options, race: hammering.hammer(history: history))
        var report: LoadReport
        do {
            let progress = LoadProgressText(scenario.name, options.profile)
            let line = ProgressLine { _ in progress.text }
            defer { line.end() }
            report = try await load.run(scenario, stop: stop) { progress.update($0) }
        } catch {
            try? await load.finish()
            throw RaceOptions.translated(error)
        }
        try await load.finish()
        report.comparison = known?.compare(report, tolerance: tolerance, confidence: confidence)
        if let histogram { try write(report.distribution, to: histogram) }
        if json {
            try Output.json(JudgedReport(report: report, interrupted: report.interrupted))
        } else {
            LoadReportText(report: report, tables: tables).print(baseline: baseline)
        }
        if saveBaseline, let baseline {
            if !report.held || report.interrupted || report.aborted != nil {
                Output.note("\(baseline) is left as it is: not everything held, or the load ended early")
            } else if report.batches.p50.isEmpty {
                Output.note("\(baseline) is left as it is: there were too few answers to compare with later; take more --seconds or --rate")
            } else {
                known?.save(report)
                try RaceOptions.reporting { try known?.write(path: baseline) }
            }
        }
        if report.interrupted { throw CommandFailure.interrupted(LoadReportText.interruption(of: report)) }
        if !report.promisesHeld { throw ExitStatus.failed.code }
        if !report.held { throw ExitStatus.threshold.code }
    }

    private func write(_ text: String, to path: String) throws {
        do {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            throw CommandFailure(.badInput, "\(path) cannot be written: \(error.localizedDescription)")
        }
    }
}

extension LoadProfile.Kind: ExpressibleByArgument {}
extension LoadArrivals.Spacing: ExpressibleByArgument {}
