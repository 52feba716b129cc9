import RaceLab

/// Runs numbered tasks, `jobs` of them at a time, and hands over each result in the order of the numbers; a stop leaves out the rest.
enum OrderedTasks {
    /// - Parameter task: nil when it was stopped before it had a result.
    static func run<Result: Sendable>(
        _ count: Int, jobs: Int, stop: StopFlag, _ task: @escaping @Sendable (Int) async throws -> Result?,
        each: (Int, Result) throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: (number: Int, result: Result?).self) { group in
            var waiting: [Int: Result] = [:]
            var (begun, ended, reported) = (0, 0, 0)
            for number in 0...count {
                let isLast = number == count
                if !isLast, !stop.isSet {
                    group.addTask {
                        do { return (number, try await task(number)) } catch {
                            // The others end too, because their results would not be reported.
                            stop.set()
                            throw error
                        }
                    }
                    begun += 1
                }
                while begun - ended >= (isLast ? 1 : jobs), let (number, result) = try await group.next() {
                    ended += 1
                    waiting[number] = result
                    while let result = waiting.removeValue(forKey: reported) {
                        try each(reported, result)
                        reported += 1
                    }
                }
            }
        }
    }
}
