import Foundation

/// An error with the message for the user and the exit code.
struct CommandFailure: Error {
    var status: ExitStatus
    var message: String
    var hint: String?

    init(_ status: ExitStatus, _ message: String, hint: String? = nil) {
        self.status = status
        self.message = message
        self.hint = hint
    }

    /// - Parameter error: what writing a file threw; Foundation says of a folder that is missing only that "the file" is.
    static func cannotWrite(_ path: String, _ error: any Error) -> CommandFailure {
        let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        guard !FileManager.default.fileExists(atPath: folder) else {
            return CommandFailure(.badInput, "cannot write \(path): \(error.localizedDescription)")
        }
        return CommandFailure(.badInput, "cannot write \(path): there is no folder \(folder)", hint: "Make the folder first.")
    }

    /// - Parameter done: how far the command came before it was interrupted.
    static func interrupted(_ done: String, hint: String? = nil) -> CommandFailure { CommandFailure(.interrupted, done, hint: hint) }
}
