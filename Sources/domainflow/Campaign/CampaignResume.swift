import ArgumentParser

struct CampaignResume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Resume a paused campaign.")
    @OptionGroup var options: CampaignMoveOptions
    func run() async throws {
        try await CampaignMove.run(options) { try await $0.resumeCampaign($1, actor: $2, reason: $3) }
    }
}
