/// Waits for tasks, but not forever.
struct Watch {
    /// Grows as long as the tasks make progress.
    let progress: @Sendable () -> Int

    /// Returns how many tasks have not ended: 0, or those left when there has been no progress for a minute.
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
