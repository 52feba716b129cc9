import Migrations

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
            if json { try Output.json(Report(error: error.kind, problems: error.problems)) }
            for problem in error.problems {
                var text = problem
                text.hint = nil
                let hint = problem.hint?.replacing("\n", with: "\n        ")
                if error.kind == .interrupted {
                    Output.interrupted(text.description, hint: hint)
                } else {
                    Output.error(text.description, hint: hint)
                }
            }
            throw status(of: error.kind).code
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
