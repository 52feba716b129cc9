/// What is wrong in a scenario file, and where: `file:line:column: message`; or with its name: `message`.
public struct ScenarioError: Error, Sendable, Equatable, CustomStringConvertible {
    public var file: String
    /// Both count from 1, or are 0 if no place in a file is meant; the column counts characters.
    public var line, column: Int
    public var message: String

    public init(file: String, line: Int, column: Int, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
    }

    public var description: String { line > 0 ? "\(file):\(line):\(column): \(message)" : message }
}
