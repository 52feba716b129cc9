import Foundation
import Synchronization

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

    /// Runs `body`, which returns when the connection is over and closes neither descriptor: that is done here, under the lock, so that
    /// `stop` never touches a descriptor that has been reused.
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
