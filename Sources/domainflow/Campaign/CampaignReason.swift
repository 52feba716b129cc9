import ArgumentParser
import DomainFlow
import Foundation

/// Who does it, and why; both go into the state's history.
struct CampaignReason: ParsableArguments {
    @Option(help: "Who does it. Default: you.")
    var actor: String?

    @Option(help: "Why.")
    var reason: String?
}
