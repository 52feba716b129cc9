import ArgumentParser
import Foundation
import Migrations
import Synchronization

/// Prints a failure of `migrate` and turns it into the documented exit code.
enum MigrateFailure {
    private struct Report: Encodable {
        var error: MigrationError.Kind
        var problems: [MigrationError.Problem]
    }

    static func reported(json: Bool, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as MigrationError {
            if json { try Output.json(Report(error: error.kind, problems: error.problems)) }
            for problem in error.problems {
                var text = problem
                text.hint = nil
                Output.error(text.description, hint: problem.hint?.replacing("\n", with: "\n        "))
            }
            throw ExitCode(status(of: error.kind))
        }
    }

    static func status(of kind: MigrationError.Kind) -> Int32 {
        switch kind {
        case .drift: ExitStatus.failed.rawValue
        case .badInput: ExitStatus.badInput.rawValue
        case .database: ExitStatus.database.rawValue
        case .lock: ExitStatus.lockOrTimeout.rawValue
        // What a shell reports for a program ended by SIGINT.
        case .interrupted: 130
        }
    }
}
