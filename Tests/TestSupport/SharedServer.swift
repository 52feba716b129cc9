public import DevCluster
import Synchronization

/// A private PostgreSQL for many tests: the first that asks for it starts it, and its watchdog removes it when the process ends.
public final class SharedServer: Sendable {
    private let started = Mutex<Result<DevCluster, any Error>?>(nil)

    public init() {}

    /// Starts the server or returns the running one. Blocks while it starts.
    public func start() throws -> DevCluster {
        try started.withLock { started in
            let result = started ?? Result { try DevCluster.temporary() }
            started = result
            return try result.get()
        }
    }

    /// The same for tests that must not block.
    public var cluster: DevCluster {
        get async throws { try await blocking { try self.start() } }
    }
}
