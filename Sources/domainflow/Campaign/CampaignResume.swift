import ArgumentParser
import DomainFlow
import Foundation

struct CampaignResume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Resume a paused campaign.")
    @OptionGroup var target: CampaignTarget
    @OptionGroup var why: CampaignReason
    func run() async throws {
        try await CampaignMove.run(target, actor: why.actor, reason: why.reason) { try await $0.resumeCampaign($1, actor: $2, reason: $3) }
    }
}
