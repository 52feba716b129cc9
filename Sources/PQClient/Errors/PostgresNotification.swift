import CLibPQ

/// A notification that a listening connection received.
public struct PostgresNotification: Sendable, Hashable {
    public let channel: String
    public let payload: String
    /// Process id of the backend that sent it.
    public let backendPID: Int32

    init(_ notify: PGnotify) {
        channel = String(cString: notify.relname)
        payload = String(cString: notify.extra)
        backendPID = notify.be_pid
    }
}
