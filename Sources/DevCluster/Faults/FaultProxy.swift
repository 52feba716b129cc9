import Foundation

/// Sits between clients and a PostgreSQL server, forwards whole protocol messages, and breaks connections where a test wants it.
///
/// Every message is shown to `decide` before it is forwarded; its decision is carried out between two messages, never inside one. Cancel
/// requests are connections of their own and are shown too. The proxy does not speak TLS: it refuses it as a server without TLS does.
/// ``stop()`` ends it, and so does releasing it.
public final class FaultProxy: Sendable {
    public enum Transport: String, Sendable, CaseIterable {
        case unix
        /// Here a reset is a real one (RST), not an end of file.
        case tcp
    }

    public enum Sender: Sendable { case client, server }

    public struct Message: Sendable {
        /// In the order of their arrival, from 0.
        public let connection: Int
        public let sender: Sender
        /// Among this sender's messages on this connection, from 0. The client's message 0 opens the connection.
        public let number: Int
        /// The type byte of the protocol, e.g. `Q`; 0 for what opens a connection.
        public let type: UInt8
        /// A request to cancel the statement of another connection.
        public let isCancelRequest: Bool
        /// The client's message carries a COMMIT.
        public let isCommit: Bool
        public let isRollback: Bool
        /// The server's message follows a COMMIT, up to and including its ReadyForQuery.
        public let answersCommit: Bool
    }

    public enum Action: Sendable, Hashable {
        case forward
        /// Forwards it after a while; messages behind it wait too, in both directions.
        case delay(Duration)
        /// The message is lost, and the connection breaks at once on both sides.
        case reset
        /// The message and everything after it are lost, in both directions. The connection stays open until the client gives it up.
        case silence
        /// The client's side breaks at once. A client's message nevertheless reaches the server after a while, and only then does the
        /// server's side end: a COMMIT may take effect long after the client saw the break.
        case late(Duration)
    }

    /// For libpq: the same database and user as in the server's URI, through the proxy.
    public let url: String
    private let relays: FaultRelays

    /// `server` is the URI of a server on a Unix socket, as ``DevCluster/url`` gives it. `decide` is called on the thread
    /// of the connection and may block it.
    public init(
        server: String, transport: Transport = .unix,
        decide: @escaping @Sendable (Message) -> Action = { _ in .forward }
    ) throws {
        let address = try ServerAddress(url: server)
        let listener = try FaultListener(transport)
        url = address.url(host: listener.host, port: listener.port)
        let relays = FaultRelays()
        self.relays = relays
        let thread = Thread {
            var number = 0
            while let client = listener.accept() {
                let connection = number
                number += 1
                Thread.detachNewThread {
                    guard let server = try? FaultSocket.connect(unix: address.socketPath) else {
                        close(client)
                        return
                    }
                    relays.serve(client, server) {
                        var relay = FaultRelay(connection, client: client, server: server, decide: decide)
                        return relay.run()
                    }
                }
            }
            listener.remove()
        }
        thread.name = "fault-proxy"
        relays.listener = listener
        thread.start()
    }

    /// Connections that are open through the proxy.
    public var liveConnections: Int { relays.live }

    /// Breaks all connections and accepts no more.
    public func stop() { relays.stop() }

    deinit { relays.stop() }
}
