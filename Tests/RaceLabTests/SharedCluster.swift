import DevCluster
import TestSupport

/// The server of the hammer's tests: each run has databases of its own in it.
enum SharedCluster {
    private static let server = SharedServer()

    static func get() async throws -> DevCluster { try await server.cluster }
}

/// A server for suites that leave databases while others count theirs.
enum LabCluster {
    private static let server = SharedServer()

    static func get() async throws -> DevCluster { try await server.cluster }
}
