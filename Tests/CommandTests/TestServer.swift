import DevCluster
import Foundation
import PQClient
import TestSupport

/// One private server for all tests of this target, and databases on it.
actor TestServer {
    static let shared = TestServer()
    // Kept as a task: tests that ask at the same time wait for the same server.
    private var made: Task<DevCluster, any Error>?
    private var migrated: Task<String, any Error>?

    /// The program that says how its modules are built.
    func pgConfig() async throws -> String {
        _ = try await url()
        return "\(try await made?.value.bindir ?? "/usr/bin")/pg_config"
    }

    /// Its connection string, for commands that make databases of their own.
    func url() async throws -> String {
        // Many programs with many connections each, at the same time.
        let task = made ?? Task { try await blocking { try DevCluster.temporary(settings: ["max_connections": "400"]) } }
        made = task
        return try await task.value.url
    }

    /// The connection string of an empty database for one test.
    func database() async throws -> String { try await create(from: "template0") }

    /// The same of one that has the functions.
    func migratedDatabase() async throws -> String {
        let task =
            migrated
            ?? Task {
                let url = try await database()
                let up = try await blocking { try Program.run("migrate", "up", "--database-url", url) }
                guard up.status == 0 else { throw PostgresError(.server, up.error) }
                return url
            }
        migrated = task
        return try await create(from: String(try await task.value.split(separator: "?")[0].split(separator: "/").last!))
    }

    private func create(from template: String) async throws -> String {
        let server = try await url()
        let name = "test_\(UInt64.random(in: .min ... .max))"
        let connection = try await PostgresConnection.connect(server)
        defer { Task { await connection.close() } }
        try await connection.execute("CREATE DATABASE \(name) TEMPLATE \(template)")
        return server.replacing(/(:\/\/[^\/?]*\/)[^?]*/) { "\($0.1)\(name)" }
    }
}
