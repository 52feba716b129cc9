import ArgumentParser
import DomainFlow
import PQClient

struct CampaignStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the states, counts, jobs and invariants of a campaign.")

    @OptionGroup var target: CampaignTarget

    @OptionGroup var tables: TableOptions

    @Flag(help: "Also check the invariants of the campaign, which reads all its names.")
    var check = false

    private struct Answer: Encodable {
        var campaign: Campaign
        var invariants: [InvariantCount]?
    }

    func run() async throws {
        let database = DomainFlowClient(try await target.connection.connect())
        guard let campaign = try await database.campaign(target.id) else { throw CampaignMove.missing(target.id) }
        let invariants = check ? try await database.campaignInvariants(target.id) : nil
        if target.json {
            try Output.json(Answer(campaign: campaign, invariants: invariants))
        } else {
            var table = OutputTable(["campaign", target.id.uuidString.lowercased()])
            table.add(["name", campaign.name])
            table.add(["status", "\(campaign.status), \(campaign.businessStatus)"])
            table.add([
                "names",
                "\(OutputFormat.count(campaign.generated)) of \(OutputFormat.count(campaign.total)) (\(Int(campaign.progress * 100)) %)",
            ])
            if let jobs = campaign.jobs {
                table.add([
                    "jobs",
                    "\(jobs.ready) ready, \(jobs.running) running, \(jobs.waiting) waiting, \(jobs.parked) parked, \(jobs.dead) dead",
                ])
            }
            Output.line(table.render(width: tables.width))
            if let invariants { CampaignTable.print(invariants, tables) }
        }
        if let invariants, invariants.contains(where: { $0.violations > 0 }) { throw ExitStatus.failed.code }
    }
}
