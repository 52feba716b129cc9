import Foundation

/// One connection through a ``FaultProxy``: both directions on one thread, which ends with the connection.
///
/// While one side does not take its messages, nothing is read from the other, so a slow reader slows the writer down and nothing piles up.
struct FaultRelay {
    enum End { case plain, reset }

    private struct Side {
        let sender: FaultProxy.Sender
        let descriptor: Int32
        var splitter: MessageSplitter
        /// Messages of this side so far.
        var count = 0
        /// Bytes that have still to be written to this side.
        var outgoing: [UInt8] = []
        var isOpen = true
    }

    private enum Outcome {
        case goOn
        case end(End)
    }

    private let connection: Int
    private let decide: (FaultProxy.Message) -> FaultProxy.Action
    private var client: Side
    private var server: Side
    private var isSilent = false
    private var commitUnderWay = false

    private static let most = 256 * 1024

    init(_ connection: Int, client: Int32, server: Int32, decide: @escaping (FaultProxy.Message) -> FaultProxy.Action) {
        self.connection = connection
        self.decide = decide
        self.client = Side(sender: .client, descriptor: client, splitter: MessageSplitter(opening: true))
        self.server = Side(sender: .server, descriptor: server, splitter: MessageSplitter(opening: false))
        for descriptor in [client, server] { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
    }

    /// Passes messages on until the connection is over. The caller closes the descriptors.
    mutating func run() -> End {
        while true {
            var polled = [interest(client, other: server), interest(server, other: client)]
            if poll(&polled, 2, -1) < 0 && errno != EINTR { return .plain }
            if polled[0].revents != 0, case .end(let end) = serve(\.client, \.server) { return end }
            if polled[1].revents != 0, case .end(let end) = serve(\.server, \.client) { return end }
            if !client.isOpen || (!server.isOpen && !isSilent) {
                // Messages from before the end still arrive.
                deliver()
                return .plain
            }
        }
    }

    private func interest(_ side: Side, other: Side) -> pollfd {
        var events: Int32 = 0
        if side.isOpen, other.outgoing.count < Self.most { events |= Int32(POLLIN) }
        if !side.outgoing.isEmpty { events |= Int32(POLLOUT) }
        // A descriptor at its end would be reported forever.
        return pollfd(fd: side.isOpen ? side.descriptor : -1, events: Int16(events), revents: 0)
    }

    private mutating func serve(_ this: WritableKeyPath<Self, Side>, _ other: WritableKeyPath<Self, Side>) -> Outcome {
        write(this)
        guard self[keyPath: other].outgoing.count < Self.most else { return .goOn }
        guard let bytes = FaultSocket.read(self[keyPath: this].descriptor) else { return .goOn }
        guard !bytes.isEmpty else {
            self[keyPath: this].isOpen = false
            return .goOn
        }
        if isSilent { return .goOn }
        self[keyPath: this].splitter.feed(bytes)
        while let frame = self[keyPath: this].splitter.next() {
            if case .end(let end) = pass(frame, this, other) { return .end(end) }
            if isSilent { break }
        }
        write(other)
        return .goOn
    }

    private mutating func pass(
        _ frame: MessageSplitter.Frame, _ this: WritableKeyPath<Self, Side>, _ other: WritableKeyPath<Self, Side>
    ) -> Outcome {
        let code = frame.openingCode
        if code == MessageSplitter.sslRequest || code == MessageSplitter.gssRequest {
            client.outgoing.append(UInt8(ascii: "N"))
            write(\.client)
            return .goOn
        }
        let sender = self[keyPath: this].sender
        let message = FaultProxy.Message(
            connection: connection, sender: sender, number: self[keyPath: this].count, type: frame.type,
            isCancelRequest: code == MessageSplitter.cancelRequest, isCommit: sender == .client && frame.lastWord == "COMMIT",
            isRollback: sender == .client && frame.lastWord == "ROLLBACK",
            answersCommit: sender == .server && commitUnderWay)
        self[keyPath: this].count += 1
        if message.isCommit { commitUnderWay = true }
        if message.answersCommit, frame.type == UInt8(ascii: "Z") { commitUnderWay = false }
        switch decide(message) {
        case .forward: break
        case .delay(let duration):
            deliver()
            FaultSocket.sleep(duration)
        case .reset: return .end(.reset)
        case .silence:
            isSilent = true
            client.outgoing = []
            server.outgoing = []
            return .goOn
        case .late(let duration):
            shutdown(client.descriptor, FaultSocket.both)
            FaultSocket.sleep(duration)
            if sender == .client { server.outgoing += frame.bytes }
            client.outgoing = []
            deliver()
            return .end(.plain)
        }
        self[keyPath: other].outgoing += frame.bytes
        return .goOn
    }

    private mutating func write(_ side: WritableKeyPath<Self, Side>) {
        guard !self[keyPath: side].outgoing.isEmpty else { return }
        let taken = FaultSocket.write(self[keyPath: side].descriptor, self[keyPath: side].outgoing)
        self[keyPath: side].outgoing.removeFirst(taken)
    }

    /// Writes what both sides have still to get; a side that takes nothing for a second gets no more.
    private mutating func deliver() {
        for side in [\Self.client, \Self.server] {
            while !self[keyPath: side].outgoing.isEmpty {
                var polled = pollfd(fd: self[keyPath: side].descriptor, events: Int16(POLLOUT), revents: 0)
                let count = self[keyPath: side].outgoing.count
                if poll(&polled, 1, 1000) == 1 { write(side) }
                if self[keyPath: side].outgoing.count == count { break }
            }
        }
    }
}
