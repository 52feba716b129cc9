import Foundation
import PQClient
import Synchronization
import TestSupport

@testable import Migrations

/// A fresh database on one private server that all tests of this process share.
struct TestDatabase {
    let name: String
    let conninfo: String

    private static let server = SharedServer()
    private static let counter = Mutex(0)

    static func make() async throws -> TestDatabase {
        let server = try await server.cluster
        let number = counter.withLock {
            $0 += 1
            return $0
        }
        let database = TestDatabase(
            name: "t\(number)", conninfo: server.url.replacing(#/:\/\/\/[^?]*/#, with: ":///t\(number)"))
        let root = try await PostgresConnection.connect(server.url)
        _ = try await root.execute("CREATE DATABASE t\(number) TEMPLATE template0")
        await root.close()
        return database
    }

    /// The same database by way of another directory of sockets.
    func conninfo(through directory: String) async throws -> String {
        try await conninfo.replacing(Self.server.cluster.socketDirectory, with: directory)
    }

    static var socket: String { get async throws { try await server.cluster.socketDirectory + "/.s.PGSQL.5432" } }

    func connect() async throws -> PostgresConnection { try await PostgresConnection.connect(conninfo) }

    func migrator(_ files: [String: String], options: MigratorOptions = .init()) async throws -> Migrator {
        var options = options
        options.observer = conninfo
        return Migrator(connection: try await connect(), source: StepSource(files: files), project: "test", options: options)
    }

    /// Rows as texts, columns joined by "|".
    func rows(_ sql: String) async throws -> [String] {
        let connection = try await connect()
        let result = try await connection.execute(sql)
        await connection.close()
        return (result.last ?? result[0]).map { row in
            (0..<(result.last?.columns.count ?? 0)).map { row.text($0) ?? "NULL" }.joined(separator: "|")
        }
    }

    func events() async throws -> [String] {
        try await rows("SELECT step, what FROM domainflow_migrate.event ORDER BY event_id")
    }
}

/// Collects what a run tells.
final class ProgressLog: Sendable {
    private let entries = Mutex<[MigrationProgress]>([])

    var all: [MigrationProgress] { entries.withLock { $0 } }
    var progress: Migrator.Progress { { entry in self.entries.withLock { $0.append(entry) } } }

    var blockers: [Blocker] {
        all.flatMap { if case .blocked(let blockers) = $0 { blockers } else { [Blocker]() } }
    }

    func waitUntil(_ condition: @escaping ([MigrationProgress]) -> Bool) async throws {
        for _ in 0..<500 {
            if condition(all) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw CancellationError()
    }
}
