import ArgumentParser
import DomainFlow
import Foundation

struct CampaignCancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "cancel", abstract: "Cancel a campaign for good; names made so far stay.")
    @OptionGroup var target: CampaignTarget
    @OptionGroup var why: CampaignReason
    func run() async throws {
        try await CampaignMove.run(target, actor: why.actor, reason: why.reason) { try await $0.cancelCampaign($1, actor: $2, reason: $3) }
    }
}
