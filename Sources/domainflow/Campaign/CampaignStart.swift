import ArgumentParser
import DomainFlow
import Foundation

struct CampaignStart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "start", abstract: "Start a draft campaign.")
    @OptionGroup var target: CampaignTarget
    @OptionGroup var why: CampaignReason
    func run() async throws {
        try await CampaignMove.run(target, actor: why.actor, reason: why.reason) { try await $0.startCampaign($1, actor: $2, reason: $3) }
    }
}
