import DomainFlow
import Foundation
import PQClient
import RaceLab

/// The progress of the campaigns, on a bar.
final class WorkProgress {
    private let database: DomainFlowClient
    private let pool: PostgresPool
    private let campaign: UUID?
    private let bar = OutputProgress("generating", total: 0, unit: "names")
    private(set) var campaigns: [Campaign] = []
    /// Campaigns that were active at some moment of this run, and what they had generated when they were first seen; the bar covers these.
    private var seen: [UUID: Int] = [:]

    init(conninfo: String, campaign: UUID?) {
        pool = PostgresPool(conninfo: conninfo, maxConnections: 1, applicationName: "domainflow work")
        database = DomainFlowClient(pool)
        self.campaign = campaign
    }

    /// Tolerates a server that is away for a moment, as the workers do.
    func refresh() async throws {
        do {
            campaigns = try await database.campaigns().filter { campaign == nil || $0.campaignID == campaign }
        } catch let error as DomainFlowError where error.isLoss && !campaigns.isEmpty {
            return
        }
        guard campaign == nil || !campaigns.isEmpty else { throw CampaignMove.missing(campaign!) }
        for found in campaigns
        where seen[found.campaignID] == nil && (!found.hasEnded && found.status != "draft" || found.campaignID == campaign) {
            seen[found.campaignID] = found.generated
        }
        let active = campaigns.filter { seen[$0.campaignID] != nil }
        let paused = active.count { $0.status == "paused" }
        bar.update(
            active.reduce(0) { $0 + $1.generated }, total: active.reduce(0) { $0 + $1.total },
            already: active.reduce(0) { $0 + seen[$1.campaignID, default: 0] },
            note: paused > 0 ? "\(paused) paused" : "")
    }

    /// No campaign is active; drafts still have to be started.
    var isDone: Bool { campaigns.allSatisfy { $0.hasEnded || $0.status == "draft" } }

    func finish() { bar.finish() }

    static func tell(_ lost: WorkSupervisor.Lost) {
        let how = lost.signal.map { "killed by signal \($0)" } ?? "exit code \(lost.status)"
        Output.note("\(lost.worker) died (\(how)); its jobs return to the queue when their leases run out")
    }
}
