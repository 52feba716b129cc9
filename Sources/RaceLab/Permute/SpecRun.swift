import Foundation

/// Runs a file of sessions and permutations from beginning to end: the transcript is what isolationtester prints for it.
public struct SpecRun: Sendable {
    public var transcript = ""
    public var permutations = 0
    public var seconds = 0.0
    /// False when it ended before its last permutation; the transcript's last line says why, and the database may not be clean.
    public var isComplete = true

    /// - Parameter conninfo: of a database where nothing else happens. Sessions are named as pg_isolation_regress names them, because some
    ///   specs look for themselves in pg_stat_activity.
    public static func run(_ scenario: Scenario, conninfo: String, stop: StopFlag = StopFlag()) async throws -> SpecRun {
        try await onOwnThread {
            var run = SpecRun()
            let start = ContinuousClock.now
            let named = ScratchDatabases.conninfo(
                conninfo, "application_name", "isolation/\(scenario.name.filter { $0.isLetter || $0.isNumber || "_-".contains($0) })")
            let runner = try PermutationRunner(scenario, conninfo: named, stop: stop)
            var end = ""
            do {
                for permutation in scenario.orders {
                    try runner.run(permutation)
                    // What was cancelled on the way did not run to its end.
                    if stop.isSet { throw PermutationRunner.Ended(message: "interrupted") }
                    run.permutations += 1
                }
            } catch let ended as PermutationRunner.Ended {
                run.isComplete = false
                end = ended.message + "\n"
            }
            run.transcript = runner.transcript + end
            run.seconds = start.duration(to: .now) / .seconds(1)
            return run
        }
    }
}
