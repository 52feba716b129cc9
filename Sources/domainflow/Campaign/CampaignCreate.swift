import ArgumentParser
import DomainFlow
import Foundation
import PQClient

struct CampaignCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a campaign from a pattern: prefix, characters of a charset, suffix and TLD.",
        discussion: "Prints the id of the new campaign. `campaign start` starts it, `work` processes it.")

    @Argument(help: "Name of the campaign.")
    var name: String

    @Option(help: "Text that every domain name begins with.")
    var prefix = ""

    @Option(help: "Characters that the middle consists of.")
    var charset = "abcdefghijklmnopqrstuvwxyz"

    @Option(help: "Number of characters in the middle.")
    var length = 3

    @Option(help: "Text between the middle and the dot.")
    var suffix = ""

    @Option(help: ArgumentHelp("TLDs, separated by commas.", valueName: "a,b,…"))
    var tlds = "com,net,org"

    @Option(help: "Maximum number of names. Default: all names of the pattern.")
    var limit: Int?

    @Option(help: "Names per job.")
    var batchSize = 1000

    @Option(help: "Owner of the campaign.")
    var user: String?

    @Flag(help: "Start the campaign at once.")
    var start = false

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let database = DomainFlowClient(try await connection.connect())
        let pattern = DomainPattern(
            prefix: prefix, charset: charset, length: length, suffix: suffix,
            tlds: tlds.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }, limit: limit)
        let id = UUID()
        let correlation = "campaign-create/\(id.uuidString.lowercased())"
        let (name, batchSize, user, start) = (name, batchSize, user, start)
        try await database.transaction(correlationID: correlation) { database in
            _ = try await database.createCampaign(id: id, name: name, pattern: pattern, batchSize: batchSize, userID: user)
            if start { try CampaignMove.check(try await database.startCampaign(id, actor: user)) }
        }
        guard let campaign = try await database.campaign(id) else { throw CampaignMove.missing(id) }
        if json { try Output.json(campaign) } else { Output.line(id.uuidString.lowercased()) }
        if !json, Output.stdoutIsTerminal {
            Output.note(
                "\(OutputFormat.count(campaign.total)) names; next: domainflow \(start ? "work --until-done" : "campaign start \(id.uuidString.lowercased())")"
            )
        }
    }
}
