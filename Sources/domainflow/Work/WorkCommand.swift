import ArgumentParser
import Foundation
import PQClient
import RaceLab

struct WorkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work",
        abstract: "Work campaigns off with many worker processes.",
        discussion: """
            Ctrl-C ends it: jobs under way are finished, the others given back. A worker that dies is reported and the rest go \
            on; its jobs are taken back when their leases run out.
            """)

    @Option(help: "Worker processes.")
    var workers = 8

    @Flag(help: "End when no campaign runs or is paused any more.")
    var untilDone = false

    @Option(help: ArgumentHelp("Only this campaign.", valueName: "id"), transform: CampaignTarget.parse)
    var campaign: UUID?

    @Option(help: "How long a claimed job is held without a heartbeat, in seconds.")
    var lease: Double = 30

    @Option(help: "Jobs claimed at once by a worker.")
    var batch = 2

    @Flag(help: "As JSON.")
    var json = false

    @OptionGroup var tables: TableOptions

    @OptionGroup var connection: ConnectionOptions

    // What the parent process gives to a worker process.
    @Option(name: .customLong("worker-id"), help: .hidden)
    var workerID: String?
    @Option(help: .hidden)
    var report: String?

    func validate() throws {
        if workers < 1 || workers > 256 { throw ValidationError("--workers must be 1 to 256") }
        if lease <= 0 || batch < 1 { throw ValidationError("--lease and --batch must be positive") }
    }

    func run() async throws {
        if let workerID {
            try await runWorker(workerID)
        } else {
            try await supervise()
        }
    }

    private func runWorker(_ name: String) async throws {
        let stop = Interrupt.watch()
        let parent = getppid()
        let watch = Task {
            // Without its parent nobody reads the report or could stop it.
            while getppid() == parent { try? await Task.sleep(for: .milliseconds(500)) }
            stop.set()
        }
        defer { watch.cancel() }
        let loop = WorkLoop(
            conninfo: try await connection.resolve(),
            options: .init(worker: name, campaign: campaign, lease: .seconds(lease), batch: batch), stop: stop)
        let result = await Result.async { try await loop.run() }
        // What was done counts, also when the server stayed away in the end.
        if let report { try JSONEncoder().encode(await loop.report).write(to: URL(filePath: report)) }
        try result.get()
    }

    private struct Answer: Encodable {
        var workers: Int
        var lost: [WorkSupervisor.Lost]
        var seconds: Double
        var names, claimed, done, putBack, stale, failed, retries, reconnects: Int
        var functions: [WorkReport.Function]
    }

    private func supervise() async throws {
        let stop = Interrupt.watch()
        let conninfo = try await connection.resolve()
        let progress = WorkProgress(conninfo: conninfo, campaign: campaign)
        try await progress.refresh()
        let begin = ContinuousClock.now
        var arguments = ["--lease", "\(lease)", "--batch", "\(batch)"]
        if let campaign { arguments += ["--campaign", campaign.uuidString] }
        let supervisor = try WorkSupervisor(workers: workers, conninfo: conninfo, arguments: arguments) { WorkProgress.tell($0) }
        while !stop.isSet, !supervisor.running.isEmpty {
            try? await Task.sleep(for: .milliseconds(200))
            try await progress.refresh()
            if untilDone, progress.isDone { break }
        }
        supervisor.stop()
        let report = try await supervisor.finish()
        try? await progress.refresh()
        progress.finish()
        let seconds = (ContinuousClock.now - begin) / .seconds(1)
        if json {
            try Output.json(
                Answer(
                    workers: workers, lost: supervisor.lost, seconds: seconds, names: report.names, claimed: report.claimed,
                    done: report.done,
                    putBack: report.putBack, stale: report.stale, failed: report.failed, retries: report.retries,
                    reconnects: report.reconnects, functions: report.functions))
        } else {
            Output.line(
                "\(OutputFormat.count(report.names)) names in \(OutputFormat.count(report.done)) jobs, "
                    + "\(OutputFormat.number(Double(report.names) / seconds)) names/s, \(report.failed) failed, \(report.stale) stale, "
                    + "\(report.putBack) put back, \(report.retries) retries, \(report.reconnects) reconnects\n")
            Output.line(report.table(tables))
        }
        if stop.isSet { throw CommandFailure.interrupted("jobs under way were finished, the others given back") }
        if untilDone, !progress.isDone {
            throw CommandFailure(.failed, "all workers are lost", hint: "Run it again: leases of what they held run out by themselves.")
        }
    }
}
