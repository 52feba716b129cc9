import DevCluster
import Foundation
import PQClient
import Synchronization
import TestSupport
import Testing

/// One server for all suites of this target; its watchdog removes it when the tests end.
///
/// PQCLIENT_TEST_URL names another one instead, e.g. a pooler; PQCLIENT_TEST_DIRECT_URL then leads to the server behind it.
enum TestServer {
    private static func given(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    static let cluster: DevCluster = {
        do {
            return try SharedServer().start()
        } catch {
            fatalError("the tests cannot start PostgreSQL: \(error)")
        }
    }()

    static let url = given("PQCLIENT_TEST_URL") ?? cluster.url

    /// The server itself, without a pooler.
    static let directURL = given("PQCLIENT_TEST_DIRECT_URL") ?? cluster.url

    /// A pooler in transaction mode is between: what a session remembers is gone with the transaction.
    static var isPooled: Bool { url != directURL }

    static func connect(_ name: String = "pqclient-tests") async throws -> PostgresConnection {
        try await PostgresConnection.connect(url, applicationName: name)
    }

    /// A connection for `body`, closed afterwards.
    @discardableResult
    static func with<T>(
        _ url: String = url, isolation: isolated (any Actor)? = #isolation, _ body: (PostgresConnection) async throws -> T
    ) async throws -> T {
        let connection = try await PostgresConnection.connect(url, applicationName: "pqclient-tests")
        do {
            let value = try await body(connection)
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw error
        }
    }

    /// A name that no other test uses.
    static func unique(_ prefix: String) -> String {
        prefix + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "")
    }
}

extension Trait where Self == ConditionTrait {
    /// Not through a pooler in transaction mode, for the reason given.
    static func needsSession(_ why: Comment) -> Self { .disabled(if: TestServer.isPooled, why) }
}

/// Collects values from several tasks.
final class Box<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    func append(_ value: Value) { values.withLock { $0.append(value) } }
    var all: [Value] { values.withLock { $0 } }
}

/// The error of a call that has to fail.
func failure(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> some Any
) async -> PostgresError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? PostgresError
    }
}

/// Waits, for at most ten seconds, until `condition` holds.
func eventually(isolation: isolated (any Actor)? = #isolation, _ condition: () async throws -> Bool) async -> Bool {
    for _ in 0..<1000 {
        if (try? await condition()) == true { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return false
}
