import DevCluster
import Foundation
import TestSupport

/// One private server for all tests of this target: each run has databases of its own in it.
enum SharedCluster {
    private static let made = Task { try await blocking { try DevCluster.temporary() } }

    static func get() async throws -> DevCluster { try await made.value }
}
