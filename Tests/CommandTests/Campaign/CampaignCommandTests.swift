import Foundation
import TestSupport
import Testing

/// Campaigns from the command line: created, moved, processed and inspected.
@Suite(.blocking) struct CampaignCommandTests {
    @Test func aCampaignFromItsPatternToItsTrail() async throws {
        let url = ["--database-url", try await TestServer.shared.migratedDatabase()]
        func run(_ arguments: String...) throws -> Program.Outcome { try Program.run(arguments: arguments + url) }

        #expect(try run("campaign", "list").output.contains("no campaigns yet"))
        let created = try run("campaign", "create", "shops", "--prefix", "s", "--length", "2", "--tlds", "com, net", "--batch-size", "100")
        #expect(created.status == 0, "\(created.error)")
        let id = created.output.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try run("campaign", "list").output.contains("draft"))

        // Refusals are answers with an exit code and a way out.
        let early = try run("campaign", "pause", id)
        #expect(early.status == 1 && early.error.contains("BIZ_INVALID_TRANSITION"), "\(early.error)")
        #expect(try run("campaign", "pause", id, "--json").status == 1)
        #expect(try run("campaign", "status", UUID().uuidString).status == 1)
        #expect(try run("campaign", "status", "nonsense").status == 64)
        #expect(try run("work", "--until-done", "--workers", "1", "--campaign", UUID().uuidString).status == 1)

        #expect(try run("campaign", "start", id, "--reason", "test").output.contains("running"))
        #expect(try run("campaign", "pause", id).output.contains("paused"))
        #expect(try run("campaign", "resume", id, "--json").output.contains("\"success\" : true"))
        let second = try run("campaign", "create", "more", "--length", "2", "--tlds", "org", "--limit", "500", "--start", "--json")
        #expect(second.status == 0 && second.output.contains("\"total\" : 500"), "\(second.output)\(second.error)")

        let worked = try run("work", "--workers", "3", "--until-done", "--lease", "5", "--json")
        #expect(worked.status == 0, "\(worked.error)")
        let answer = try #require(try JSONSerialization.jsonObject(with: Data(worked.output.utf8)) as? [String: Any])
        #expect(answer["names"] as? Int == 26 * 26 * 2 + 500 && answer["failed"] as? Int == 0 && answer["workers"] as? Int == 3)
        let functions = try #require(answer["functions"] as? [[String: Any]]).compactMap { $0["function"] as? String }
        #expect(functions.contains("claim_campaign_jobs") && functions.contains("process_campaign_job"))

        let status = try run("campaign", "status", id, "--check")
        #expect(status.status == 0 && status.output.contains("1,352 of 1,352"), "\(status.output)")
        #expect(try run("campaign", "status", id, "--check", "--json").output.contains("\"violations\" : 0"))
        #expect(try run("campaign", "list", "--json").output.contains("completed"))
        let trail = try run("campaign", "trail", id)
        #expect(trail.output.contains("range generated") && trail.output.contains("allow generate"))
        #expect(try run("campaign", "trail", id, "--json", "--limit", "1").output.contains("transactionID"))
        #expect(try run("campaign", "cancel", id).status == 1)
        // Nothing is left to do: it ends at once and prints the table.
        #expect(try run("work", "--workers", "1", "--until-done").output.contains("0 names"))
    }

    @Test func theDemoKillsAWorkerAndEverythingHolds() async throws {
        let url = try await TestServer.shared.migratedDatabase()
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        for _ in 0..<2 {
            let demo = try Program.run(
                "demo", "--names", "30000", "--workers", "3", "--lease", "1", "--seconds", "0", "--database-url", url,
                in: folder.url)
            #expect(demo.status == 0, "\(demo.output)\(demo.error)")
            #expect(demo.error.contains("died (killed by signal 9)") && demo.error.contains("resumed"), "\(demo.error)")
            for part in [
                "30,000 names in", "get_transaction_performance_stats()", "get_slow_queries()", "The whole trail of one job",
                "Every invariant held.",
            ] {
                #expect(demo.output.contains(part), "\(part)")
            }
            let next = demo.output.split(separator: "\n").last
            #expect(next?.hasPrefix("Next: \(Program.path) race mutate job/fencing --database-url ") == true)
        }
        #expect(try Program.run("demo", "--workers", "1").status == 64)
        #expect(try Program.run("demo", "--names", "5").status == 64)
    }
}
