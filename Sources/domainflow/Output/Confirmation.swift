import Foundation

/// The question before anything is deleted.
enum Confirmation {
    static func ask(would: String, question: String, yes: Bool, confirmedBy option: String = "--yes") throws(CommandFailure) {
        guard !yes else { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure(
                .badInput, "would \(would), but standard input is not a terminal to ask on", hint: "pass \(option) to confirm")
        }
        Output.standardError(question + " [y/N] ")
        guard ["y", "yes"].contains(readLine()?.lowercased()) else { throw .interrupted("nothing was changed") }
    }
}
