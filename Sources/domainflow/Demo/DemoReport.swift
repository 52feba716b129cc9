import DomainFlow
import Foundation
import PQClient

/// What the database reports about the campaign that was just processed.
struct DemoReport {
    let database: DomainFlowClient
    let campaign: UUID
    let outcome: DemoCampaign.Outcome
    let tables: TableOptions

    /// Whether everything held.
    func print() async throws -> Bool {
        printWork()
        try await printStatistics()
        let held = try await printTrail()
        let invariants = try await database.campaignInvariants(campaign)
        Output.line("  campaign_invariants()")
        CampaignTable.print(invariants, tables)
        return held && outcome.campaign.status == "completed" && invariants.allSatisfy { $0.violations == 0 }
    }

    /// Prints the work of the workers, also for a campaign that was interrupted.
    func printWork() {
        let report = outcome.report
        let seconds = outcome.seconds
        Output.line(
            "  \(OutputFormat.count(outcome.campaign.generated)) names in \(OutputFormat.duration(seconds: seconds)): "
                + "\(OutputFormat.number(Double(outcome.campaign.generated) / seconds)) names/s, "
                + "\(OutputFormat.number(Double(report.claimed) / seconds)) claims/s")
        Output.line(
            "  \(outcome.lost.count) worker killed, its jobs done by the others; \(report.putBack) jobs put back by the pause, "
                + "\(report.stale) stale answers, \(report.retries) retries, \(report.failed) failures\n")
        Output.line("  Latency as the workers measured it (without the killed worker)")
        Output.line(report.table(tables))
    }

    private func printStatistics() async throws {
        Output.line("  get_transaction_performance_stats()")
        var table = OutputTable(["operation", "total>", "failed>", "mean ms>", "p50 ms>", "p95 ms>", "p99 ms>", "retries>"])
        for row in try await database.transactionPerformanceStats(campaignID: campaign) {
            table.add([
                row.operationName, OutputFormat.count(row.total), OutputFormat.count(row.failed), OutputFormat.number(row.averageMS),
                OutputFormat.number(row.p50MS), OutputFormat.number(row.p95MS), OutputFormat.number(row.p99MS),
                OutputFormat.number(row.averageRetries),
            ])
        }
        Output.line(table.render(indent: "  ", width: tables.width))
        let threshold = 1.0
        Output.line("  get_slow_queries(), statements over \(OutputFormat.number(threshold)) ms")
        var slow = OutputTable(["statement", "calls>", "mean ms>", "p95 ms>", "max ms>"])
        for row in try await database.slowQueries(thresholdMS: threshold, limit: 5) {
            slow.add([
                row.query.split(whereSeparator: \.isWhitespace).joined(separator: " "), OutputFormat.count(row.calls),
                OutputFormat.number(row.meanMS),
                OutputFormat.number(row.p95MS),
                OutputFormat.number(row.maxMS),
            ])
        }
        Output.line(slow.isEmpty ? "  none\n" : slow.render(indent: "  ", width: tables.width))
    }

    /// Prints the number of decisions, and everything that one job's transaction wrote. Returns whether each finished job has its decision.
    private func printTrail() async throws -> Bool {
        let trail = try await database.campaignTrail(campaign)
        let decisions = trail.count { $0.area == "audit" }
        let ranges = trail.filter { $0.event == "range generated" }
        Output.line("  \(OutputFormat.count(decisions)) decisions logged for \(OutputFormat.count(ranges.count)) jobs\n")
        if let transaction = ranges.last?.transactionID {
            Output.line("  The whole trail of one job: everything that transaction \(transaction) wrote")
            Output.line(CampaignTable.trail(trail.filter { $0.transactionID == transaction }, tables))
        }
        return decisions == ranges.count
    }
}
