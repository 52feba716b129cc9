import ArgumentParser
import DevCluster
import DomainFlow
import Foundation
import PQClient

/// What the program's exit code says; scripts rely on it.
enum ExitStatus: Int32 {
    case success = 0
    /// A check or an invariant did not hold.
    case failed = 1
    /// A file that was read is wrong; the message has file and line.
    case badInput = 2
    case database = 3
    /// A lock was not to be had, or the time was over.
    case lockOrTimeout = 4
    /// A load was slower than it may be, or failed more often.
    case threshold = 5
    case usage = 64

    /// To be thrown where everything has been said already.
    var code: ExitCode { ExitCode(rawValue) }
}

/// An error that knows what to tell the user and how to exit.
struct CommandFailure: Error {
    var status: ExitStatus
    var message: String
    var hint: String?

    init(_ status: ExitStatus, _ message: String, hint: String? = nil) {
        self.status = status
        self.message = message
        self.hint = hint
    }
}

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
