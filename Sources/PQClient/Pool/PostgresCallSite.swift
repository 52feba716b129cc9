/// Where in a program a connection was borrowed.
public struct PostgresCallSite: Sendable, Hashable, CustomStringConvertible {
    /// As `#fileID`: `Module/File.swift`.
    public var fileID: String
    public var line: Int

    public init(fileID: String, line: Int) {
        self.fileID = fileID
        self.line = line
    }

    public var description: String { "\(fileID):\(line)" }
}
