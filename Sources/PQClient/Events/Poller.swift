/// The descriptors that an event thread waits for, by the best means of the system. `DOMAINFLOW_POLL=1 swift build` takes poll(2) on Linux
/// too.
#if canImport(CEpoll) && !PQCLIENT_POLL
    typealias Poller = EpollPoller
#else
    typealias Poller = PollPoller
#endif
