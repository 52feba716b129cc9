import ArgumentParser
import DomainFlow
import Foundation
import PQClient

struct CampaignCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a campaign from a pattern: prefix, characters of the charset, suffix, each TLD.",
        discussion: "Prints the new campaign's id. `campaign start` starts it, `work` works it off.")

    @Argument(help: "A name for people.")
    var name: String

    @Option(help: "What every name begins with.")
    var prefix = ""

    @Option(help: "The characters the middle is made of.")
    var charset = "abcdefghijklmnopqrstuvwxyz"

    @Option(help: "How many characters of the charset the middle has.")
    var length = 3

    @Option(help: "What stands between the middle and the dot.")
    var suffix = ""

    @Option(help: ArgumentHelp("The TLDs, with commas between.", valueName: "a,b,…"))
    var tlds = "com,net,org"

    @Option(help: "At most so many names. Default: all the pattern has.")
    var limit: Int?

    @Option(help: "Names per job.")
    var batchSize = 1000

    @Option(help: "Whose campaign it is.")
    var user: String?

    @Flag(help: "Start it right away.")
    var start = false

    @Flag(help: "As JSON.")
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
