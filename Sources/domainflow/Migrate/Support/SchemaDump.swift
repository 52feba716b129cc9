import Foundation
import Migrations
import PQClient

/// The schema of a database in a file for version control.
enum SchemaDump {
    /// Lines that differ between runs and programs, though the schema is the same.
    private static let changing = ["-- Dumped from database version", "-- Dumped by pg_dump version", "\\restrict ", "\\unrestrict "]

    static func write(to file: String, of migrator: Migrator) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["pg_dump", "--schema-only", "--no-owner", "--exclude-schema=domainflow_migrate"]
        process.environment = ProcessInfo.processInfo.environment.merging(
            try PostgresConninfo.environment(of: migrator.options.observer ?? "")
        ) { $1 }
        let output = Pipe()
        process.standardOutput = output
        do { try process.run() } catch { throw missing(error.localizedDescription) }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw process.terminationStatus == 127
                ? missing("it was not found")
                : MigrationError(
                    .database, "the steps are applied, but pg_dump failed, and \(file) is as it was", hint: "its message stands above")
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in !changing.contains { line.hasPrefix($0) }
        }
        do {
            try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
        } catch {
            throw MigrationError(.badInput, "the steps are applied, but \(file) cannot be written: \(error.localizedDescription)")
        }
    }

    private static func missing(_ why: String) -> MigrationError {
        MigrationError(
            .badInput, "the steps are applied, but pg_dump cannot run: \(why)",
            hint: "install PostgreSQL's client programs, not older than the server, e.g. apt install postgresql-client")
    }
}
