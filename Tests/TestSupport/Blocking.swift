import Dispatch
public import Testing

/// Runs `body`, which may block, on a thread of its own: waiting for servers and programs blocks, which must not happen on the few threads
/// that all tests share.
public func blocking<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
    try await withTaskExecutorPreference(OwnThread()) { try await body() }
}

/// Each test of the suite runs as in ``blocking(_:)``.
public struct BlockingTrait: SuiteTrait, TestTrait, TestScoping {
    public let isRecursive = true

    public func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
        try await withTaskExecutorPreference(OwnThread()) { try await function() }
    }
}

extension Trait where Self == BlockingTrait {
    /// The tests block: see ``blocking(_:)``.
    public static var blocking: Self { BlockingTrait() }
}

private final class OwnThread: TaskExecutor {
    private let queue = DispatchQueue(label: "blocking test")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
