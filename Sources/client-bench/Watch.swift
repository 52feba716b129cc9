/// Waits for tasks, but not for ever.
struct Watch {
    /// Grows as long as the tasks get on.
    let progress: @Sendable () -> Int

    /// Gives how many tasks are left: 0, or those there were when nothing had moved for a minute.
    func wait(for tasks: [Task<Void, Never>]) async -> Int {
        let ended = Counter()
        for task in tasks {
            // Not in a task group: that would wait for the stuck ones.
            Task {
                await task.value
                ended.add()
            }
        }
        var last = -1
        var still = 0
        while ended.value < tasks.count, still < 600 {
            try? await Task.sleep(for: .milliseconds(100))
            let now = progress()
            still = now == last ? still + 1 : 0
            last = now
        }
        return tasks.count - ended.value
    }
}
