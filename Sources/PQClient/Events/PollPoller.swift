import Foundation
import Synchronization

/// poll(2), which every system has. Whoever changes what is waited for wakes the thread that waits, which then reads the list again.
final class PollPoller: Sendable {
    struct Event {
        var slot: Int
        var readiness: Readiness
    }

    private struct Entry {
        var slot: Int
        var events: Int32
    }

    private struct State {
        var watched: [Int32: Entry] = [:]
        var isWaiting = false
        /// Where the next look at the list begins, so that the first in it do not keep the last from being served.
        var turn = 0
    }

    private let state = Mutex(State())
    private let wakeRead: Int32
    private let wakeWrite: Int32
    static let mostAtOnce = 64

    init() {
        var ends: [Int32] = [0, 0]
        precondition(pipe(&ends) == 0, "no descriptor left for an event thread's poll")
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (wakeRead, wakeWrite) = (ends[0], ends[1])
    }

    deinit {
        close(wakeRead)
        close(wakeWrite)
    }

    func add(_ watched: Int32, slot: Int) -> Bool {
        update { $0[watched] = Entry(slot: slot, events: Int32(POLLIN)) }
        return true
    }

    /// A watcher that wants neither is still told when the other side has gone.
    func change(_ watched: Int32, slot: Int, reading: Bool, writing: Bool) {
        update { $0[watched] = Entry(slot: slot, events: (reading ? Int32(POLLIN) : 0) | (writing ? Int32(POLLOUT) : 0)) }
    }

    /// Also when it has been closed; its number may be another's by now.
    func remove(_ watched: Int32, slot: Int, isClosed: Bool) {
        update { if $0[watched]?.slot == slot { $0[watched] = nil } }
    }

    private func update(_ body: (inout [Int32: Entry]) -> Void) {
        let isWaiting = state.withLock { state in
            body(&state.watched)
            return state.isWaiting
        }
        var byte: UInt8 = 1
        if isWaiting { _ = write(wakeWrite, &byte, 1) }
    }

    /// Waits that many milliseconds, or without limit for -1, and returns how many descriptors are ready.
    func wait(_ milliseconds: Int32, into ready: UnsafeMutablePointer<Event>) -> Int {
        var slots: [Int] = []
        var polled = state.withLock { state in
            state.isWaiting = true
            let list = Array(state.watched)
            state.turn = list.isEmpty ? 0 : (state.turn + 1) % list.count
            let turned = list[state.turn...] + list[..<state.turn]
            slots = turned.map(\.value.slot)
            return turned.map { pollfd(fd: $0.key, events: Int16($0.value.events), revents: 0) }
        }
        polled.append(pollfd(fd: wakeRead, events: Int16(POLLIN), revents: 0))
        let count = poll(&polled, nfds_t(polled.count), milliseconds)
        state.withLock { $0.isWaiting = false }
        guard count > 0 else { return 0 }
        drain()
        var found = 0
        for (slot, descriptor) in zip(slots, polled) where descriptor.revents != 0 && found < Self.mostAtOnce {
            let events = Int32(descriptor.revents)
            let readiness = Readiness(readable: events & ~Int32(POLLOUT) != 0, writable: events & Int32(POLLOUT) != 0)
            (ready + found).initialize(to: Event(slot: slot, readiness: readiness))
            found += 1
        }
        return found
    }

    private func drain() {
        withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer in
            while read(wakeRead, buffer.baseAddress!, buffer.count) > 0 {}
        }
    }
}
