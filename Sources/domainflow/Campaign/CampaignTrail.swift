import ArgumentParser
import DomainFlow
import PQClient

struct CampaignTrail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trail", abstract: "List all events of a campaign in order, with their transactions.")

    @OptionGroup var target: CampaignTarget

    @OptionGroup var tables: TableOptions

    @Option(help: "Number of events to show, counted from the newest. Default: all.")
    var limit: Int?

    func run() async throws {
        var events = try await DomainFlowClient(try await target.connection.connect()).campaignTrail(target.id)
        if let limit { events = events.suffix(limit) }
        if target.json { try Output.json(events) } else { Output.line(CampaignTable.trail(events, tables)) }
    }
}
