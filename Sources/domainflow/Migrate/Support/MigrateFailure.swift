import Migrations
import PQClient

/// Prints a failure of `migrate` and exits with its documented code.
enum MigrateFailure {
    private struct Report: Encodable {
        var error: MigrationError.Kind
        var problems: [MigrationError.Problem]
    }

    static func reported(json: Bool, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as MigrationError {
            throw try report(error, json: json)
        } catch let failure as CommandFailure {
            throw try report(
                .init(failure.status == .interrupted ? .interrupted : .badInput, failure.message, hint: failure.hint), json: json)
        } catch let error as PostgresError {
            throw try report(
                .init(.database, error.plainMessage, hint: error.hint ?? error.detail, sqlState: error.sqlState),
                json: json)
        }
    }

    private static func report(_ error: MigrationError, json: Bool) throws -> any Error {
        if json { try Output.json(Report(error: error.kind, problems: error.problems.map(\.shown))) }
        show(error)
        return status(of: error.kind).code
    }

    /// On standard error.
    static func show(_ error: MigrationError) {
        for problem in error.problems {
            var text = problem
            text.hint = nil
            let hint = problem.shown.hint?.replacing("\n", with: "\n        ")
            if error.kind == .interrupted {
                Output.interrupted(text.description, hint: hint)
            } else {
                Output.error(text.description, hint: hint)
            }
        }
    }

    static func status(of kind: MigrationError.Kind) -> ExitStatus {
        switch kind {
        case .drift: .failed
        case .badInput: .badInput
        case .database: .database
        case .lock: .lockOrTimeout
        case .interrupted: .interrupted
        }
    }
}
