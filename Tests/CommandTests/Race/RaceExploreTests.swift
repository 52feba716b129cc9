import Foundation
import TestSupport
import Testing

/// `race explore` from the command line; what it finds is tested with the lab.
@Suite(.blocking) struct RaceExploreTests {
    @Test func aScheduleThatWasNotCarriedOutIsAnError() async throws {
        let url = try await TestServer.shared.url()
        for token in ["9-9-9+writes", "0+writes", "0-0-1-1-1+steps"] {
            let replay = try Program.run("race", "explore", "example/lost_update", "--replay", token, "--database-url", url)
            #expect(replay.status == 2 && replay.output.isEmpty, "\(token): \(replay.output)")
            #expect(replay.error.contains("error: the token '\(token)' cannot be replayed: ") && replay.error.contains("\n  hint: "))
        }
    }
}
