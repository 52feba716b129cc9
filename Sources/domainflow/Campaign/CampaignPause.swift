import ArgumentParser
import DomainFlow
import Foundation

struct CampaignPause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Pause a running campaign; jobs being worked on are finished.")
    @OptionGroup var target: CampaignTarget
    @OptionGroup var why: CampaignReason
    func run() async throws {
        try await CampaignMove.run(target, actor: why.actor, reason: why.reason) { try await $0.pauseCampaign($1, actor: $2, reason: $3) }
    }
}
