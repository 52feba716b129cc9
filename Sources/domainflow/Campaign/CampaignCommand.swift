import ArgumentParser
import PQClient

struct CampaignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "campaign",
        abstract: "Create, start, pause, resume, cancel and inspect campaigns of domain names.",
        subcommands: [
            CampaignCreate.self, CampaignStart.self, CampaignPause.self, CampaignResume.self, CampaignCancel.self,
            CampaignStatus.self, CampaignList.self, CampaignTrail.self,
        ])
}
