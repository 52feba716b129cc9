import Foundation
import PQClient
import TestSupport
import Testing

/// `race clean`: what a killed run left goes, what a run under way uses stays.
@Suite(.blocking) struct RaceCleanTests {
    @Test func dropsWhatIsAbandoned() async throws {
        let server = try await TestServer.shared.url()
        let (left, used) = ("domainflow_race_0badcafe_1", "domainflow_race_0badf00d_template")
        let connection = try await PostgresConnection.connect(server)
        for name in [left, used, "domainflow_race_of_mine"] { try await connection.execute("CREATE DATABASE \(name)") }
        func databases() async throws -> Set<String> {
            Set(
                try await connection.query("SELECT datname FROM pg_database WHERE datname ~ '^domainflow_race_(0bad|of)'").compactMap {
                    $0.text(0)
                })
        }
        // As long as it lives, a run has a connection of this name.
        let run = try await PostgresConnection.connect(server, applicationName: "domainflow_race_0badf00d")
        let url = ["--database-url", server]

        let named = try Program.run(arguments: ["race", "clean", "--dry-run"] + url)
        #expect(
            named.status == 0 && named.output.contains("would drop database \(left)") && !named.output.contains(used), "\(named.output)")
        #expect(try await databases() == [left, used, "domainflow_race_of_mine"])
        let cleaned = try Program.run(arguments: ["race", "clean", "--json"] + url)
        #expect(cleaned.status == 0 && cleaned.output.contains(left) && !cleaned.output.contains(used), "\(cleaned.output)\(cleaned.error)")
        #expect(try await databases() == [used, "domainflow_race_of_mine"])

        await run.close()
        for name in [used, "domainflow_race_of_mine"] { try await connection.execute("DROP DATABASE IF EXISTS \(name)") }
        await connection.close()
    }
}
