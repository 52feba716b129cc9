import DomainFlow
import Foundation
import PQClient
import TestSupport
import Testing

@testable import domainflow

/// The README's Swift snippet, compiled and run; `tools/docs.sh` runs the rest of the README.
@Suite(.blocking) struct ReadmeTests {
    @Test func snippetRuns() async throws {
        let url = try await TestServer.shared.migratedDatabase()

        // README
        let pool = PostgresPool(conninfo: url, maxConnections: 4, applicationName: "shop")
        let flow = DomainFlowClient(pool)
        try await flow.createQueue("receipt")
        try await flow.transaction(correlationID: "request-17") { flow in
            // Both or neither: the decision is logged, and the job exists, when this commits.
            try await flow.enqueueJob(queue: "receipt", kind: "send", payload: #"{"order": 7}"#)
            try await flow.logAuthorizationDecision(
                userID: "ada", resourceType: "order", resourceID: "7", action: "pay", decision: .allow)
        }
        for job in try await flow.claimJobs(queue: "receipt", worker: "worker-1", limit: 10) {
            let done = try await flow.completeJob(queue: "receipt", id: job.id, token: job.token)
            print(done ? "\(job.kind) is done" : "another worker holds job \(job.id) now")
        }
        await pool.close()
        // END
    }

    private static func readme() throws -> String {
        let here = URL(fileURLWithPath: #filePath)
        return try String(
            contentsOf: here.deletingLastPathComponent().appendingPathComponent("../../README.md").standardizedFileURL, encoding: .utf8)
    }

    @Test func asManyScenariosRaceAsItSays() throws {
        let scenarios = try RaceOptions.scenarios([]).filter { !$0.operations.isEmpty }
        #expect(try Self.readme().contains("3. The race: \(scenarios.count) scenarios, 10.0 s each"))
    }

    @Test func snippetIsTheOneInTheReadme() throws {
        let here = URL(fileURLWithPath: #filePath)
        let source = try String(contentsOf: here, encoding: .utf8)
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        let first = try #require(lines.firstIndex { $0.hasSuffix("// README") })
        let last = try #require(lines.firstIndex { $0.hasSuffix("// END") })
        let snippet = lines[(first + 1)..<last].map { $0.hasPrefix("        ") ? $0.dropFirst(8) : $0 }.joined(separator: "\n")
        #expect(try Self.readme().contains("```swift\n\(snippet)\n```"))
    }
}
