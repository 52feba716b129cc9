import CLibPQ
public import Tracing

/// How a statement went, for logs, metrics and traces.
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
    public var server: Server
    /// Of the task that asked for the statement.
    public var context: ServiceContext?

    public struct Server: Sendable, Hashable {
        /// A name, an address, or the folder of a socket.
        public var host: String
        public var port: String
        public var database: String
    }
}

extension StatementReport.Server {
    init(_ pg: OpaquePointer) {
        func text(_ value: UnsafeMutablePointer<CChar>?) -> String { value.map { String(cString: $0) } ?? "" }
        self.init(host: text(PQhost(pg)), port: text(PQport(pg)), database: text(PQdb(pg)))
    }
}
