import ArgumentParser
import DomainFlow
import Foundation
import Migrations
import PQClient
import RaceLab

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Watch eight workers process a campaign, then many clients hammer the functions.",
        discussion: """
            Migrates the database, creates a campaign, kills one worker with SIGKILL on the way, pauses and resumes the campaign once, \
            then runs every race scenario. Exit code 0 only if every invariant held, 130 if interrupted. It can be run repeatedly.
            """)

    @Option(help: "Number of names to generate.")
    var names = 200_000

    @Option(help: "Number of worker processes.")
    var workers = 8

    @Option(help: "Seconds to run each race scenario; 0 skips the race.")
    var seconds: Double = 10

    @Option(help: "Lease of a claimed job in seconds, after which the job of a killed worker returns.")
    var lease: Double = 2

    @OptionGroup var tables: TableOptions

    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        if names < 1000 || names > 11_000_000 { throw ValidationError("--names must be 1,000 to 11,000,000") }
        if workers < 2 { throw ValidationError("--workers must be at least 2: one of them is killed") }
        if lease <= 0 || seconds < 0 { throw ValidationError("--lease must be positive, --seconds not negative") }
    }

    func run() async throws {
        let stop = Interrupt.watch()
        let conninfo = try await connection.resolve()
        let pool = PostgresPool(conninfo: conninfo, maxConnections: 3, applicationName: "domainflow demo")
        let database = DomainFlowClient(pool)

        Output.heading("1. The database")
        var applied: [AppliedStep] = []
        try await MigrateFailure.reported(json: false) {
            var migration = MigratorOptions()
            migration.isInterrupted = { stop.isSet }
            applied = try await pool.withConnection { [migration] in
                try await Migrator(connection: $0, source: .embedded, options: migration).up()
            }
        }
        Output.line("  \(applied.count) steps applied, release \(try await database.version())\n")

        Output.heading("2. A campaign of \(OutputFormat.count(names)) names, \(workers) workers")
        let id = try await createCampaign(database)
        let run = DemoCampaign(id: id, conninfo: conninfo, workers: workers, lease: lease, database: database, stop: stop)
        let outcome = try await run.work()
        let report = DemoReport(database: database, campaign: id, outcome: outcome, tables: tables)
        guard !stop.isSet || outcome.campaign.hasEnded else {
            report.printWork()
            throw CommandFailure.interrupted(
                "\(OutputFormat.count(outcome.campaign.generated)) of \(OutputFormat.count(outcome.campaign.total)) names were generated; the campaign can be continued",
                hint: "\(ShownCommand("work", "--until-done", "--campaign", id.uuidString.lowercased()).on(connection))")
        }
        let campaignHeld = try await report.print()
        await pool.close()

        var raceHeld = true
        if seconds > 0 {
            let scenarios = try RaceOptions.scenarios([]).filter { !$0.operations.isEmpty }
            Output.heading("3. The race: \(scenarios.count) scenarios, \(OutputFormat.number(seconds)) s each")
            var options = Hammer.Options(seed: .random(in: 0..<1 << 53), historyFolder: URL(filePath: ".domainflow/race"))
            options.seconds = seconds
            let hammer = Hammer(server: conninfo, options: options)
            let reports = try await RaceRun.run(scenarios, with: hammer, json: false, tables, stop: stop)
            raceHeld = reports.allSatisfy(\.held)
            if stop.isSet { throw RaceReportText.interruption(of: reports, among: scenarios) }
        }
        if stop.isSet {
            throw CommandFailure.interrupted("the campaign was completed\(campaignHeld ? "" : " and did not hold"), the race was not run")
        }
        Output.line(campaignHeld && raceHeld ? "\nEvery invariant held." : "\nNOT EVERY INVARIANT HELD, see above.")
        let next = ShownCommand("race", "mutate", "job/fencing").on(connection)
        Output.line("Next: \(next)   (removes protections from the functions and checks that the loss is noticed)")
        if !campaignHeld || !raceHeld { throw ExitStatus.failed.code }
    }

    private func createCampaign(_ database: DomainFlowClient) async throws -> UUID {
        let id = UUID()
        let pattern = DomainPattern(
            prefix: "my", charset: "abcdefghijklmnopqrstuvwxyz", length: 4, suffix: "shop", tlds: ["com", "net", "org", "io", "dev"],
            limit: min(names, 26 * 26 * 26 * 26 * 5))
        let batch = max(50, min(500, names / 100))
        let sample = try await database.generateDomains(pattern, from: 0, count: 3)
        Output.line("  pattern: my + 4 letters + shop + .com .net .org .io .dev   (\(sample.joined(separator: ", ")), …)")
        Output.line("  campaign \(id.uuidString.lowercased()), \(batch) names per job\n")
        try await database.transaction(correlationID: "demo/\(id.uuidString.lowercased())") { database in
            _ = try await database.createCampaign(id: id, name: "demo", pattern: pattern, batchSize: batch, userID: "demo")
            try CampaignMove.check(try await database.startCampaign(id, actor: "demo", reason: "make run"))
        }
        return id
    }
}
