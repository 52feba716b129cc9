import DevCluster
import Foundation
import TestSupport

/// One private server for the hammer's tests: each run has databases of its own in it.
enum SharedCluster {
    private static let made = Task { try await blocking { try DevCluster.temporary() } }

    static func get() async throws -> DevCluster { try await made.value }
}

/// A server for suites that leave databases while others count theirs.
enum LabCluster {
    private static let made = Task { try await blocking { try DevCluster.temporary() } }

    static func get() async throws -> DevCluster { try await made.value }
}
