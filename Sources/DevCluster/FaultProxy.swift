import Foundation
import Synchronization

/// Stands between clients and a PostgreSQL server, passes whole protocol messages on, and breaks connections where a test
/// wants it.
///
/// Every message is shown to `decide` before it goes on; its answer is carried out between two messages, never inside one.
/// Cancel requests are connections of their own and are shown too. The proxy speaks no TLS: it refuses as a server without
/// it does. ``stop()`` ends it, and so does releasing it.
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
        /// A request to cancel what another connection does.
        public let isCancelRequest: Bool
        /// The client's message carries a COMMIT.
        public let isCommit: Bool
        public let isRollback: Bool
        /// The server's message came after a COMMIT, up to the ReadyForQuery behind it.
        public let answersCommit: Bool
    }

    public enum Action: Sendable, Hashable {
        case forward
        /// Passes it on after a while; what is behind it waits too, in both directions.
        case delay(Duration)
        /// The message is lost and the connection broken, on both sides, at once.
        case reset
        /// The message is lost and everything after it in both directions. The connection stays open until the client
        /// gives it up.
        case silence
        /// The client's side breaks at once. A message of the client reaches the server after a while nevertheless, and
        /// only then does the server's side end: a COMMIT may be done long after the client was told of the break.
        case late(Duration)
    }

    /// For libpq; the same database and user as the server's, through the proxy.
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

    /// Breaks all connections and takes no more.
    public func stop() { relays.stop() }

    deinit { relays.stop() }
}

/// The descriptors that relays work on, so that `stop` can end them.
final class FaultRelays: Sendable {
    private struct State {
        var open: [Int32: Int32] = [:]
        var stopped = false
        var listener: FaultListener?
    }

    private let state = Mutex(State())

    var live: Int { state.withLock { $0.open.count } }

    var listener: FaultListener? {
        get { state.withLock { $0.listener } }
        set { state.withLock { $0.listener = newValue } }
    }

    /// Runs `body`, which returns when the connection is over and closes neither descriptor for good: that is done here,
    /// under the lock, so that `stop` never touches a descriptor that has become another's.
    func serve(_ client: Int32, _ server: Int32, _ body: () -> FaultRelay.End) {
        let accepted = state.withLock { state in
            if !state.stopped { state.open[client] = server }
            return !state.stopped
        }
        let end = accepted ? body() : .plain
        state.withLock { state in
            state.open[client] = nil
            if end == .reset { FaultSocket.closeWithReset(client) } else { close(client) }
            close(server)
        }
    }

    func stop() {
        state.withLock { state in
            guard !state.stopped else { return }
            state.stopped = true
            state.listener?.stop()
            for (client, server) in state.open {
                shutdown(client, FaultSocket.both)
                shutdown(server, FaultSocket.both)
            }
        }
    }
}

/// Where a server listens, taken from a URI with `host=<folder of the socket>`.
struct ServerAddress {
    private let base: Substring
    private let settings: [(name: Substring, value: Substring)]

    init(url: String) throws {
        let parts = url.split(separator: "?", maxSplits: 1)
        base = parts[0]
        settings = (parts.count == 2 ? parts[1] : "").split(separator: "&").map { item in
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (pair[0], pair.count == 2 ? pair[1] : "")
        }
        guard self["host"]?.hasPrefix("/") == true || self["host"]?.hasPrefix("%2F") == true else {
            throw DevClusterError("\(url) names no folder of a Unix socket", hint: "the proxy reaches servers by host=/folder")
        }
    }

    private subscript(name: String) -> String? { settings.first { $0.name == name }?.value.removingPercentEncoding }

    var socketPath: String { "\(self["host"]!)/.s.PGSQL.\(self["port"] ?? "5432")" }

    func url(host: String, port: Int) -> String {
        let kept = settings.filter { !["host", "port", "sslmode", "gssencmode"].contains($0.name) }
        let items = kept.map { "\($0.name)=\($0.value)" } + ["host=\(host)", "port=\(port)", "sslmode=disable"]
        return base + "?" + items.joined(separator: "&")
    }
}
