/// The notifications of some channels, from a connection of its own that is reopened when it breaks.
///
/// ```swift
/// let listener = try await PostgresListener.open(conninfo, channels: ["orders"])
/// for await event in listener {
///     switch event {
///     case .notification(let notification): handle(notification.payload)
///     case .mayHaveMissed: readTheTableAgain()
///     case .disconnected: break
///     }
/// }
/// ```
/// The server keeps nothing for a listener that is not connected: after `mayHaveMissed` read the tables themselves. Not through a pooler in
/// transaction mode, which would give the LISTEN to one server connection and the next statement to another: opening a listener is refused
/// then. One task at a time may iterate.
public final class PostgresListener: AsyncSequence, Sendable {
    public enum Event: Sendable, Hashable {
        case notification(PostgresNotification)
        /// The connection broke for this reason, and another one is being opened. Sent again, meanwhile, whenever that fails for a
        /// different reason than before.
        case disconnected(PostgresError)
        /// It listens again, or its buffer overflowed: notifications may have been lost.
        case mayHaveMissed(PostgresError)
    }

    public struct Options: Sendable {
        /// How often the server is asked for a sign of life. Without that, a server that has silently gone would look like one without
        /// news.
        public var heartbeat: Duration
        /// How long the server may take to answer that, to accept a connection, or to accept the channels.
        public var timeout: Duration
        /// The wait before each further try to connect. It starts over when a connection has lasted for a heartbeat.
        public var backoff: Backoff
        /// Events that are kept for a consumer that lags behind. Beyond them notifications are dropped, and `mayHaveMissed` says so.
        public var bufferSize: Int
        /// Asked for the password of each new connection, within `timeout`; nil: the connection string has it.
        public var password: PasswordProvider?

        public init(
            heartbeat: Duration = .seconds(30), timeout: Duration = .seconds(10),
            backoff: Backoff = Backoff(base: .milliseconds(100), cap: .seconds(10)), bufferSize: Int = 10_000
        ) {
            self.heartbeat = heartbeat
            self.timeout = timeout
            self.backoff = backoff
            self.bufferSize = bufferSize
        }
    }

    private let core: ListenerCore

    private init(_ core: ListenerCore) { self.core = core }
    deinit { core.close() }

    /// Connects and listens; once it returns, nothing is missed. Throws if the connection fails, and with kind `usage` if it goes through a
    /// pooler or a channel's name is longer than 63 bytes.
    public static func open(
        _ conninfo: String = "", channels: [String], applicationName: String? = nil, options: Options = Options()
    ) async throws(PostgresError) -> PostgresListener {
        for channel in channels { try ListenerCore.check(channel) }
        let core = ListenerCore(conninfo, channels: channels, applicationName: applicationName, options: options)
        let connection = try await core.connect()
        core.start(connection)
        return PostgresListener(core)
    }

    /// Listens to one more channel, once it returns.
    public func listen(_ channel: String) async throws(PostgresError) { try await core.listen(channel) }

    /// Stops listening to a channel.
    public func unlisten(_ channel: String) async throws(PostgresError) { try await core.unlisten(channel) }

    /// Process id of the server process that listens now; nil while there is none.
    public var backendPID: Int32? { core.backendPID }

    /// Ends the sequence and the connection.
    public func close() { core.close() }

    /// Ends when the listener is closed or the iterating task is cancelled.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let listener: PostgresListener

        public mutating func next(isolation: isolated (any Actor)? = #isolation) async -> Event? {
            await listener.core.events.next()
        }

        public mutating func next() async -> Event? { await listener.core.events.next() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(listener: self) }
}
