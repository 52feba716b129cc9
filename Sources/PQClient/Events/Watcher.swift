/// The owner of a file descriptor that an ``EventThread`` polls. It is told on that thread.
protocol Watcher: AnyObject {
    func ready(_ readiness: Readiness)
}
