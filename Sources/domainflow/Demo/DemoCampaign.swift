import DomainFlow
import Foundation
import RaceLab

/// Processes one campaign and disturbs it: kills one worker at a quarter of the way, pauses and resumes the campaign half-way.
struct DemoCampaign {
    let id: UUID
    let conninfo: String
    let workers: Int
    let lease: Double
    let database: DomainFlowClient
    let stop: StopFlag

    struct Outcome {
        var report: WorkReport
        var lost: [WorkSupervisor.Lost]
        var seconds: Double
        var campaign: Campaign
    }

    func work() async throws -> Outcome {
        let begin = ContinuousClock.now
        let supervisor = try WorkSupervisor(
            workers: workers, conninfo: conninfo, arguments: ["--lease", "\(lease)", "--campaign", id.uuidString]
        ) { WorkProgress.tell($0) }
        do {
            let campaign = try await watch(supervisor)
            let report = try await end(supervisor)
            return Outcome(report: report, lost: supervisor.lost, seconds: (ContinuousClock.now - begin) / .seconds(1), campaign: campaign)
        } catch {
            _ = try? await end(supervisor)
            throw error
        }
    }

    private func end(_ supervisor: WorkSupervisor) async throws -> WorkReport {
        supervisor.stop()
        return try await supervisor.finish()
    }

    private func watch(_ supervisor: WorkSupervisor) async throws -> Campaign {
        let bar = OutputProgress("  generating", total: 0, unit: "names")
        defer { bar.finish() }
        var killed = false
        var paused = false
        while true {
            guard let campaign = try await database.campaign(id) else { throw CampaignMove.missing(id) }
            bar.update(campaign.generated, total: campaign.total, note: campaign.status == "running" ? "" : campaign.status)
            if campaign.hasEnded || stop.isSet { return campaign }
            // Ctrl-C reaches the workers too, and they may be gone before this loop sees it.
            guard !supervisor.running.isEmpty || stop.isSet else {
                throw CommandFailure(.failed, "all workers died", hint: "The messages above say why.")
            }
            if !killed, campaign.progress >= 0.25, let victim = supervisor.running.last {
                killed = true
                supervisor.kill(victim)
            }
            if !paused, campaign.progress >= 0.5 {
                paused = true
                try await pauseAndResume(bar)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func pauseAndResume(_ bar: OutputProgress) async throws {
        let paused = try await database.transaction(correlationID: "demo/pause") {
            try await $0.pauseCampaign(id, actor: "demo", reason: "demonstration")
        }
        // The last job may have been quicker.
        guard paused.success else { return }
        Output.note("paused; the workers finish their current jobs")
        for _ in 0..<10 {
            guard let campaign = try await database.campaign(id) else { break }
            bar.update(campaign.generated, note: "paused")
            try await Task.sleep(for: .milliseconds(100))
        }
        try CampaignMove.check(
            try await database.transaction(correlationID: "demo/resume") {
                try await $0.resumeCampaign(id, actor: "demo", reason: "demonstration")
            })
        Output.note("resumed")
    }
}
