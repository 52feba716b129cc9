import ArgumentParser
import PQClient

struct CampaignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "campaign",
        abstract: "Create campaigns of domain names, and start, pause, resume, cancel and look at them.",
        subcommands: [
            CampaignCreate.self, CampaignStart.self, CampaignPause.self, CampaignResume.self, CampaignCancel.self,
            CampaignStatus.self, CampaignList.self, CampaignTrail.self,
        ])
}
