import Foundation
import Migrations

/// The question before anything is deleted.
enum MigrateConfirmation {
    static func ask(would: String, question: String, yes: Bool) throws {
        guard !yes else { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw MigrationError(
                .badInput, "would \(would), but standard input is not a terminal to ask on", hint: "pass --yes to confirm")
        }
        Output.standardError(question + " [y/N] ")
        guard ["y", "yes"].contains(readLine()?.lowercased()) else { throw MigrationError(.interrupted, "nothing was changed") }
    }
}
