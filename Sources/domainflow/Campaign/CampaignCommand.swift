import ArgumentParser
import DomainFlow
import Foundation
import PQClient

struct CampaignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "campaign",
        abstract: "Create campaigns of domain names, and start, pause, resume, cancel and look at them.",
        subcommands: [
            CampaignCreate.self, CampaignStart.self, CampaignPause.self, CampaignResume.self, CampaignCancel.self,
            CampaignStatus.self, CampaignList.self, CampaignTrail.self,
        ])
}

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
        let database = DomainFlow(try await connection.connect())
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

struct CampaignList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "All campaigns, the newest first.")

    @Flag(help: "As JSON.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let campaigns = try await DomainFlow(try await connection.connect()).campaigns()
        guard !json else { return try Output.json(campaigns) }
        var table = OutputTable(["campaign", "name", "status", "business status", "names>", "done>"])
        for campaign in campaigns {
            table.add([
                campaign.campaignID.uuidString.lowercased(), campaign.name, campaign.status, campaign.businessStatus,
                OutputFormat.count(campaign.total), "\(Int(campaign.progress * 100)) %",
            ])
        }
        Output.line(campaigns.isEmpty ? "no campaigns yet; `domainflow campaign create` makes one" : table.render())
    }
}

struct CampaignStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "One campaign: states, counts, jobs, invariants.")

    @OptionGroup var target: CampaignTarget

    @Flag(help: "Check the campaign's invariants too, which reads all its names.")
    var check = false

    private struct Answer: Encodable {
        var campaign: Campaign
        var invariants: [InvariantCount]?
    }

    func run() async throws {
        let database = DomainFlow(try await target.connection.connect())
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
            Output.line(table.render())
            if let invariants { CampaignTable.print(invariants) }
        }
        if let invariants, invariants.contains(where: { $0.violations > 0 }) { throw ExitStatus.failed.code }
    }
}

struct CampaignTrail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trail", abstract: "Everything that happened to a campaign, in order, with its transactions.")

    @OptionGroup var target: CampaignTarget

    @Option(help: "Only the newest so many events.")
    var limit: Int?

    func run() async throws {
        var events = try await DomainFlow(try await target.connection.connect()).campaignTrail(target.id)
        if let limit { events = events.suffix(limit) }
        if target.json { try Output.json(events) } else { Output.line(CampaignTable.trail(events)) }
    }
}

/// Tables that several commands print.
enum CampaignTable {
    static func trail(_ events: [TrailEvent]) -> String {
        let clock = Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt).time(includingFractionalSeconds: true)
        var table = OutputTable(["time (UTC)", "transaction>", "area", "event", "detail"])
        for event in events {
            table.add([
                event.happenedAt.formatted(clock), event.transactionID, event.area, String(event.event.prefix(48)),
                String(event.detail.prefix(96)),
            ])
        }
        return table.render(indent: "  ")
    }

    static func print(_ invariants: [InvariantCount]) {
        var table = OutputTable(["invariant", "violations>"])
        for invariant in invariants { table.add([invariant.name, OutputFormat.count(invariant.violations)]) }
        Output.line(table.render(indent: "  "))
    }
}
