/// A NOTICE, WARNING or other message that is not an error.
public struct PostgresNotice: Sendable, CustomStringConvertible {
    /// The same fields as an error's; `severity` says what it is.
    public let fields: PostgresError

    init(_ fields: PostgresError) { self.fields = fields }

    public var severity: String { fields.severity ?? "NOTICE" }
    public var message: String { fields.message }
    public var description: String { "\(severity): \(fields)" }
}
