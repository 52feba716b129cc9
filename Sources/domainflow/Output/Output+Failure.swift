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
            self.error(message(of: error), hint: error.hint ?? hint(for: error))
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
        // DomainFlow's class of wrong arguments
        if let state = error.sqlState, state.hasPrefix("DF2") { return .badInput }
        // lock_not_available, and query_canceled by a time limit of the server
        return error.kind == .timeout || error.sqlState == "55P03" || error.sqlState == "57014" ? .lockOrTimeout : .database
    }

    private static func hint(for error: PostgresError) -> String? {
        switch error.sqlState {
        case "3F000", "42883", "42P01", "42704":
            error.message.contains("domainflow")
                ? "DomainFlow is not installed in this database, or older than this program: domainflow migrate up" : nil
        case "42501":
            "connect as a role that may do this; docs/design/security.md says what each of DomainFlow's roles may do, e.g. GRANT domainflow_app TO …"
        default: nil
        }
    }

    static func message(of error: PostgresError) -> String {
        var text = error.plainMessage
        if let state = error.sqlState { text += " (SQLSTATE \(state))" }
        if let detail = error.detail { text += "\n  detail: \(detail)" }
        // Where in DomainFlow it was raised tells nobody what to do.
        if let context = error.context, error.sqlState?.hasPrefix("DF") != true {
            text += "\n  context: " + context.split(separator: "\n").joined(separator: "\n           ")
        }
        return text
    }
}

extension PostgresError {
    /// Without the tabs with which libpq indents what it adds.
    var plainMessage: String { self.message.replacing("\n\t", with: "\n  ") }
}
