import ArgumentParser
import Foundation

/// The campaign that a command works on.
struct CampaignTarget: ParsableArguments {
    @Argument(help: "Id of the campaign, as `campaign list` shows it.", transform: CampaignTarget.parse)
    var id: UUID

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    static func parse(_ text: String) throws -> UUID {
        guard let id = UUID(uuidString: text) else { throw ValidationError("'\(text)' is not a campaign's id (a UUID)") }
        return id
    }
}
