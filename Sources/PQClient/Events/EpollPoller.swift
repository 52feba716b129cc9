#if canImport(CEpoll) && !PQCLIENT_POLL
    import CEpoll
    import Foundation

    /// epoll, where there is one: a thread that sends a statement itself changes what the event thread waits for without waking it.
    struct EpollPoller: Sendable {
        typealias Event = epoll_event

        private let descriptor: Int32
        static let mostAtOnce = 64

        init() {
            descriptor = epoll_create1(0)
            precondition(descriptor >= 0, "no descriptor left for an event thread's epoll")
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }

        func add(_ watched: Int32, slot: Int) -> Bool { control(EPOLL_CTL_ADD, watched, slot, EPOLLIN.rawValue) }

        /// A watcher that wants neither is still told when the other side has gone.
        func change(_ watched: Int32, slot: Int, reading: Bool, writing: Bool) {
            control(EPOLL_CTL_MOD, watched, slot, (reading ? EPOLLIN.rawValue : 0) | (writing ? EPOLLOUT.rawValue : 0))
        }

        /// A descriptor that has been closed is not watched any more, and its number may be another's by now.
        func remove(_ watched: Int32, slot: Int, isClosed: Bool) {
            if !isClosed { control(EPOLL_CTL_DEL, watched, slot, 0) }
        }

        @discardableResult
        private func control(_ operation: Int32, _ watched: Int32, _ slot: Int, _ events: UInt32) -> Bool {
            var event = epoll_event(events: events, data: epoll_data_t(u64: UInt64(slot)))
            return epoll_ctl(descriptor, operation, watched, &event) == 0
        }

        /// Waits that many milliseconds, or without limit for -1, and returns how many descriptors are ready.
        func wait(_ milliseconds: Int32, into ready: UnsafeMutablePointer<epoll_event>) -> Int {
            Int(max(0, epoll_wait(descriptor, ready, Int32(Self.mostAtOnce), milliseconds)))
        }
    }

    extension epoll_event {
        var slot: Int { Int(data.u64) }
        var readiness: Readiness {
            .init(readable: events & ~EPOLLOUT.rawValue != 0, writable: events & EPOLLOUT.rawValue != 0)
        }
    }
#endif
