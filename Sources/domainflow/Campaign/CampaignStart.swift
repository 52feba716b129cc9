import ArgumentParser

struct CampaignStart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "start", abstract: "Start a draft campaign.")
    @OptionGroup var options: CampaignMoveOptions
    func run() async throws {
        try await CampaignMove.run(options) { try await $0.startCampaign($1, actor: $2, reason: $3) }
    }
}
