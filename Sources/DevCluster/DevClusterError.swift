/// Why a private PostgreSQL could not be started, stopped or found, and what to do about it.
public struct DevClusterError: Error, Sendable, Hashable, CustomStringConvertible {
    public var message: String
    public var hint: String?
    /// The last lines of the server's log or of a program's output, where they say more.
    public var output: String?

    public init(_ message: String, hint: String? = nil, output: String? = nil) {
        self.message = message
        self.hint = hint
        self.output = output
    }

    public var description: String {
        var text = message
        if let output, !output.isEmpty {
            text += output.split(separator: "\n").map { "\n  | \($0)" }.joined()
        }
        if let hint { text += "\n  hint: \(hint)" }
        return text
    }
}
