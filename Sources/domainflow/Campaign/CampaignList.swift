import ArgumentParser
import DomainFlow
import PQClient

struct CampaignList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List all campaigns, newest first.")

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var tables: TableOptions

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let campaigns = try await DomainFlowClient(try await connection.connect()).campaigns()
        guard !json else { return try Output.json(campaigns) }
        var table = OutputTable(["campaign!", "name", "status", "business status", "names>", "done>"])
        for campaign in campaigns {
            table.add([
                campaign.campaignID.uuidString.lowercased(), campaign.name, campaign.status, campaign.businessStatus,
                OutputFormat.count(campaign.total), "\(Int(campaign.progress * 100)) %",
            ])
        }
        Output.line(campaigns.isEmpty ? "no campaigns yet; `domainflow campaign create` creates one" : table.render(width: tables.width))
    }
}
