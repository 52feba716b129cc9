import ArgumentParser
import Foundation
import PQClient
import RaceLab

struct WorkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work",
        abstract: "Process campaigns with several worker processes.",
        discussion: """
            Ctrl-C ends it: the workers finish their current jobs and give the others back; exit code 130. If a worker dies, the command \
            reports it and the others go on; its jobs return to the queue when their leases run out.
            """)

    @Option(help: "Number of worker processes.")
    var workers = 8

    @Flag(help: "End when no campaign is running or paused.")
    var untilDone = false

    @Option(help: ArgumentHelp("Process only this campaign.", valueName: "id"), transform: CampaignTarget.parse)
    var campaign: UUID?

    @Option(help: "Seconds that a worker holds a job without a heartbeat.")
    var lease: Double = 30

    @Option(help: "Number of jobs that a worker claims at a time.")
    var batch = 2

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var tables: TableOptions

    @OptionGroup var connection: ConnectionOptions

    // Set by the parent process of a worker.
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
            // Without the parent, nothing reads the report or stops the worker.
            while getppid() == parent { try? await Task.sleep(for: .milliseconds(500)) }
            stop.set()
        }
        defer { watch.cancel() }
        let loop = WorkLoop(
            conninfo: try await connection.resolve(),
            options: .init(worker: name, campaign: campaign, lease: .seconds(lease), batch: batch), stop: stop)
        let result = await Result.async { try await loop.run() }
        // Finished jobs count even if the server is gone in the end.
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
        if stop.isSet { throw CommandFailure.interrupted("the workers finished their current jobs and gave the others back") }
        if untilDone, !progress.isDone {
            throw CommandFailure(
                .failed, "all workers died", hint: "Run the command again; the leases of their jobs run out by themselves.")
        }
    }
}
