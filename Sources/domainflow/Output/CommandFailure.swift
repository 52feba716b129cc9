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

    /// - Parameter done: how far the command came before it was interrupted.
    static func interrupted(_ done: String, hint: String? = nil) -> CommandFailure { CommandFailure(.interrupted, done, hint: hint) }
}
