import ArgumentParser

struct CampaignCancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel a campaign for good; the names generated so far stay.")
    @OptionGroup var options: CampaignMoveOptions
    func run() async throws {
        try await CampaignMove.run(options) { try await $0.cancelCampaign($1, actor: $2, reason: $3) }
    }
}
