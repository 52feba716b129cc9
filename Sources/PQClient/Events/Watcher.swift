/// Something with a file descriptor that an ``EventThread`` polls for. Told on that thread.
protocol Watcher: AnyObject {
    func ready(_ readiness: Poller.Readiness)
}
