import DomainFlow
import Foundation
import Migrations
import PQClient
import Testing

/// Pausing and ending a campaign while its jobs cannot be locked.
@Suite(.timeLimit(.minutes(2))) struct CampaignTests {
    /// A database of its own: the table of jobs is locked against all others.
    private func withCampaign(_ body: (DomainFlowClient, UUID, _ other: PostgresConnection) async throws -> Void) async throws {
        let server = try await FacadeDatabase.shared.conninfo()
        let name = "campaign_\(UInt32.random(in: .min ... .max))"
        let control = try await PostgresConnection.connect(server)
        try await control.execute("CREATE DATABASE \(name)")
        let conninfo = server.replacing(/(:\/\/[^\/?]*\/)[^?]*/) { "\($0.1)\(name)" }
        let pool = PostgresPool(conninfo: conninfo, maxConnections: 2)
        let other = try await PostgresConnection.connect(conninfo)
        _ = try await pool.withConnection { try await Migrator(connection: $0, source: .embedded).up() }
        let database = DomainFlowClient(pool)
        let pattern = DomainPattern(prefix: "w", charset: "ab", length: 3, suffix: "", tlds: ["example"])
        let campaign = try await database.createCampaign(name: "withdraw", pattern: pattern, batchSize: 1)
        _ = try await database.startCampaign(campaign, window: 4)
        try await body(database, campaign, other)
        await other.close()
        await pool.close()
        try await control.execute("DROP DATABASE \(name) WITH (FORCE)")
        await control.close()
    }

    @Test func pausingOutlastsALockThatIsShort() async throws {
        try await withCampaign { database, campaign, other in
            try await other.execute("BEGIN; LOCK TABLE domainflow.job IN ACCESS EXCLUSIVE MODE")
            async let paused = database.pauseCampaign(campaign)
            try await Task.sleep(for: .milliseconds(40))
            try await other.execute("COMMIT")
            #expect(try await paused.success)
            #expect(try await database.campaign(campaign)?.jobs?.parked == 4)
        }
    }

    /// A worker that waits for the campaign holds its job, so the holder of the campaign must not wait for jobs.
    @Test func pausingAndCancellingDoNotWaitForJobsForLong() async throws {
        try await withCampaign { database, campaign, other in
            try await other.execute("BEGIN; LOCK TABLE domainflow.job IN ACCESS EXCLUSIVE MODE")
            for move in [database.pauseCampaign, database.cancelCampaign] {
                let error = await #expect(throws: DomainFlowError.self) { try await move(campaign, nil, nil) }
                #expect(error?.sqlState == "55P03")
            }
            try await other.execute("ROLLBACK")
            let status = try await database.campaign(campaign)
            #expect(status?.status == "running" && status?.jobs?.ready == 4)
        }
    }
}
