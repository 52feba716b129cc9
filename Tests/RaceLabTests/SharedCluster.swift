import DevCluster
import Foundation
import TestSupport

@testable import RaceLab

/// One private server for the hammer's tests: each run has databases of its own in it.
enum SharedCluster {
    private static let made = Task { try await blocking { try DevCluster.temporary() } }

    static func get() async throws -> DevCluster { try await made.value }
}

/// A server for suites that leave databases while others count theirs.
enum LabCluster {
    private static let made = Task { try await blocking { try DevCluster.temporary() } }

    static func get() async throws -> DevCluster { try await made.value }

    private static let migrated = Task { try await ScratchDatabases(server: try await get().url).migratedTemplate() }

    /// A database with DomainFlow in it, which every explorer and hammer may copy: applying the steps takes longer than most tests.
    static func template() async throws -> String { try await migrated.value }
}
