import ArgumentParser
import DevCluster
import DomainFlow
import Foundation
import PQClient

extension Output {
    /// Says what went wrong, once and without Swift's way of printing values, and ends the program.
    static func exit(for error: any Error) -> Never {
        switch (error as? DomainFlowError)?.postgresError ?? error {
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
            self.error("interrupted")
            Foundation.exit(ExitStatus.failed.rawValue)
        default:
            // Usage errors, --help and --version, and exit codes that commands throw.
            DomainFlowCommand.exit(withError: error)
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
