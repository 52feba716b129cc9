/// How a statement went, for logs and metrics.
///
/// Everything that a connection sends is reported, `BEGIN` and `COMMIT` of a transaction too, a pipeline as one. The values of parameters
/// are not part of it; what a program splices into the text is.
public struct StatementReport: Sendable {
    /// The texts as they were sent, with `$1` for parameters; several for a pipeline.
    public var texts: [String]
    /// The name that it is prepared under.
    public var name: String?
    /// From sending it to the end of its answer, pauses of a reader that takes rows one by one included.
    public var duration: Duration
    /// Rows that it returned or changed; of a pipeline all, of a script the last statement's.
    public var rowCount: Int
    /// nil if it was successful; of a pipeline the first error.
    public var error: PostgresError?
    /// As libpq knows it.
    public var backendPID: Int32
}
