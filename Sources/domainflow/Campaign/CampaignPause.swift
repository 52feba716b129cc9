import ArgumentParser

struct CampaignPause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Pause a running campaign; workers finish the jobs they hold.")
    @OptionGroup var options: CampaignMoveOptions
    func run() async throws {
        try await CampaignMove.run(options) { try await $0.pauseCampaign($1, actor: $2, reason: $3) }
    }
}
