import DevCluster
import TestSupport

@testable import RaceLab

/// The server of the hammer's tests: each run has databases of its own in it.
enum SharedCluster {
    private static let server = SharedServer()

    static func get() async throws -> DevCluster { try await server.cluster }
}

/// A server for suites that leave databases while others count theirs.
enum LabCluster {
    private static let server = SharedServer()

    static func get() async throws -> DevCluster { try await server.cluster }

    private static let migrated = Task { try await ScratchDatabases(server: try await get().url).migratedTemplate() }

    /// A database with DomainFlow in it, which every explorer and hammer may copy: applying the steps takes longer than most tests.
    static func template() async throws -> String { try await migrated.value }
}
