import CLibPQ

/// A NOTICE, WARNING or other message that is not an error.
public struct PostgresNotice: Sendable, CustomStringConvertible {
    /// The same fields as an error has; `severity` tells what it is.
    public let fields: PostgresError

    init(_ fields: PostgresError) { self.fields = fields }

    public var severity: String { fields.severity ?? "NOTICE" }
    public var message: String { fields.message }
    public var description: String { "\(severity): \(fields)" }
}

/// A NOTIFY that reached a connection that LISTENs.
public struct PostgresNotification: Sendable, Hashable {
    public let channel: String
    public let payload: String
    /// The backend that sent it.
    public let backendPID: Int32

    init(_ notify: PGnotify) {
        channel = String(cString: notify.relname)
        payload = String(cString: notify.extra)
        backendPID = notify.be_pid
    }
}
