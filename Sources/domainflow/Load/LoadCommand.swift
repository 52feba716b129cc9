import ArgumentParser
import Foundation
import RaceLab

struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Run the operations of a scenario at a given rate, and judge their latency.",
        discussion: """
            Operations start on schedule, however slow the answers are. Latency is measured from the scheduled start, so it includes \
            the wait for a free connection. The scenario's invariants are judged afterwards. Each load runs in a database of its own, \
            which is dropped at the end.

            smoke   5/s for 10 s: does it work at all?
            load    up to 50/s in 10 s, 60 s at that rate, and down: is it fast enough?
            stress  ten steps of 10 s up to 1,000/s, until one breaks: where is the limit?
            spike   20/s, then 200/s for 20 s, then 20/s: how long does recovery take?
            soak    50/s for 30 min: does latency or memory grow?

            Thresholds are expressions: p(95)<500, avg<50 and max<900 in milliseconds, error_rate<0.01, dropped<1, rate>100 in answers \
            per second; claim:p(95)<50 applies to one operation. Default: error_rate<0.01, and for a stress also p(95)<500.

            Exit code 0 if everything held, 1 if an invariant did not, 5 if the load broke a threshold, drifted or regressed, 130 if \
            it was interrupted.
            """)

    @Argument(help: "Profile of the rate over time.")
    var profile: LoadProfile.Kind

    @Argument(help: "Name as `race list` shows it, or path of a .spec file.")
    var scenario: String

    @Option(parsing: .unconditional, help: "Operations per second at the peak. Default: the profile's rate.")
    var rate: Double?

    @Option(parsing: .unconditional, help: "Seconds that the whole profile takes. Default: the profile's duration.")
    var seconds: Double?

    @Option(help: "Spacing of the arrivals.")
    var arrivals = LoadArrivals.Spacing.poisson

    @Option(
        parsing: .unconditional,
        help:
            "Maximum number of arrivals that wait for a connection; further ones are dropped. Default: ten seconds' worth at the peak, at least 1,000."
    )
    var queue: Int?

    @Option(
        help: ArgumentHelp("Threshold to check besides the scenario's. May be repeated.", valueName: "expression"),
        transform: { try LoadThreshold($0) })
    var threshold: [LoadThreshold] = []

    @Flag(help: "End as soon as a threshold can no longer hold, whatever follows.")
    var abort = false

    @Option(help: ArgumentHelp("Compare with the entry of this file for the same scenario, profile and rate.", valueName: "file"))
    var baseline: String?

    @Flag(help: "Write the results to the --baseline file, unless something did not hold.")
    var saveBaseline = false

    @Option(parsing: .unconditional, help: "Relative slowdown that does not count as a regression or drift.")
    var tolerance = 0.05

    @Option(parsing: .unconditional, help: "Confidence required to report a regression or drift.")
    var confidence = 0.95

    @Option(help: ArgumentHelp("Write the distribution of all latencies to this file, in HdrHistogram's format.", valueName: "file"))
    var histogram: String?

    @OptionGroup var hammering: HammerOptions

    @Option(help: ArgumentHelp("Folder for the history.", valueName: "folder"))
    var history = ".domainflow/load"

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var tables: TableOptions

    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        for (name, value) in [("--rate", rate), ("--seconds", seconds)] {
            if let value, !(value > 0 && value.isFinite) { throw ValidationError("\(name) must be more than 0") }
        }
        if let queue, queue < 1 { throw ValidationError("--queue must be at least 1") }
        if let seconds, profile == .stress, seconds < Double(LoadProfile.Kind.steps) {
            throw ValidationError("--seconds must be at least \(LoadProfile.Kind.steps) for a stress, which has that many steps")
        }
        if !(tolerance >= 0) { throw ValidationError("--tolerance must be 0 or more") }
        if !(confidence > 0 && confidence < 1) { throw ValidationError("--confidence must be between 0 and 1") }
        if saveBaseline, baseline == nil { throw ValidationError("--save-baseline needs --baseline to name the file") }
        if baseline != nil, LoadProfile(profile).hold == nil {
            throw ValidationError("--baseline is for smoke, load and soak; the rate of a \(profile.rawValue) changes all the time")
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
                .badInput, "\(baseline) has no entry for '\(key)'", hint: "Run it once with --save-baseline, which writes one.")
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
        let text = LoadReportText(report: report, tables: tables)
        if json {
            try Output.json(JudgedReport(report: report, interrupted: report.interrupted))
        } else {
            text.print(baseline: baseline)
        }
        if saveBaseline, let baseline {
            if !report.held || report.interrupted || report.aborted != nil {
                Output.note("\(baseline) is unchanged: not everything held, or the load ended early")
            } else if report.batches.p50.isEmpty {
                Output.note("\(baseline) is unchanged: the load had too few answers to compare with later; raise --seconds or --rate")
            } else {
                known?.save(report)
                try RaceOptions.reporting { try known?.write(path: baseline) }
            }
        }
        if report.interrupted { throw CommandFailure.interrupted(text.interruption) }
        if !report.promisesHeld { throw ExitStatus.failed.code }
        if !report.held { throw ExitStatus.threshold.code }
    }

    private func write(_ text: String, to path: String) throws {
        do {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            throw CommandFailure.cannotWrite(path, error)
        }
    }
}

extension LoadProfile.Kind: ExpressibleByArgument {}
extension LoadArrivals.Spacing: ExpressibleByArgument {}
