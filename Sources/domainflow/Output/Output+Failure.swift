import ArgumentParser
import DevCluster
import DomainFlow
import Foundation
import PQClient

extension Output {
    /// Prints what went wrong, without Swift's way of printing values, and ends the program.
    static func exit(for error: any Error, of program: any ParsableCommand.Type) -> Never {
        switch (error as? DomainFlowError)?.postgresError ?? error {
        case let failure as CommandFailure where failure.status == .interrupted:
            interrupted(failure.message, hint: failure.hint)
            Foundation.exit(failure.status.rawValue)
        case let failure as CommandFailure:
            self.error(failure.message, hint: failure.hint)
            Foundation.exit(failure.status.rawValue)
        case let error as PostgresError:
            self.error(message(of: error), hint: error.hint)
            Foundation.exit(status(of: error).rawValue)
        case let error as DevClusterError:
            var text = error
            text.hint = nil
            self.error(text.description, hint: error.hint)
            Foundation.exit(ExitStatus.database.rawValue)
        case is CancellationError:
            interrupted()
            Foundation.exit(ExitStatus.interrupted.rawValue)
        default:
            // Usage errors, --help and --version, and exit codes that commands throw.
            let code = program.exitCode(for: error)
            if code.isSuccess { program.exit(withError: error) }
            let text = program.fullMessage(for: error)
            if !text.isEmpty { standardError(text + "\n") }
            Foundation.exit(code.rawValue)
        }
    }

    static func status(of error: PostgresError) -> ExitStatus {
        // lock_not_available, and query_canceled by a time limit of the server
        error.kind == .timeout || error.sqlState == "55P03" || error.sqlState == "57014" ? .lockOrTimeout : .database
    }

    static func message(of error: PostgresError) -> String {
        var text = error.message
        if let state = error.sqlState { text += " (SQLSTATE \(state))" }
        if let detail = error.detail { text += "\n  detail: \(detail)" }
        if let context = error.context {
            text += "\n  context: " + context.split(separator: "\n").joined(separator: "\n           ")
        }
        return text
    }
}
