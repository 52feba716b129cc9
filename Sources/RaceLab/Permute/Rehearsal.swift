/// Runs the file that a finding is written as, on a server without gates, and compares what it shows with the finding.
public struct Rehearsal: Sendable {
    private let databases: ScratchDatabases

    /// - Parameter server: a connection string of a role that may create databases.
    public init(server: String) { self.init(server: server, template: nil) }

    /// - Parameter template: a database to copy instead of applying the steps again.
    package init(server: String, template: String?) { databases = ScratchDatabases(server: server, template: template) }

    /// Why the file does not show the finding, in words; nil if it does.
    public func run(_ finding: RaceFinding, of scenario: Scenario) async throws -> String? {
        guard finding.injection == nil else { return "it shows the schedule without the injected fault" }
        let spec: Scenario
        do throws(ScenarioError) {
            spec = try Scenario(name: "rehearsal", file: "rehearsal.spec", text: finding.spec(of: scenario))
        } catch {
            return "it cannot be read: \(error)"
        }
        let conninfo = try await databases.create().conninfo
        let shown = await Result.async { try await onOwnThread { try Self.rehearse(spec, finding, scenario, conninfo) } }
        try await databases.dropAll()
        return try shown.get()
    }

    private static func rehearse(
        _ spec: Scenario, _ finding: RaceFinding, _ scenario: Scenario, _ conninfo: String
    ) throws -> String? {
        let runner = try PermutationRunner(spec, conninfo: conninfo, patience: .seconds(10))
        do {
            for permutation in spec.orders { try runner.run(permutation) }
        } catch let ended as PermutationRunner.Ended {
            return ended.message
        }
        let script = ScheduleScript(finding, of: scenario)
        func answer(_ steps: [String], ignoring columns: Set<String>) -> StepResult {
            StepResult(steps.flatMap { runner.answers[$0] ?? [] }, ignoring: columns, recordingAccesses: false)
        }
        for (place, expected) in finding.results.sorted(by: { $0.key < $1.key }) {
            let step = scenario.step(place).name
            let parts = [step] + (2...9).map { ScheduleScript.part($0, of: step) }
            let found = answer(parts, ignoring: scenario.expectation.ignoredColumns)
            if !found.answersLike(expected) { return "step \(step) answers \(found.summary) instead of \(expected.summary)" }
        }
        let looks = script.turns.count { $0.step.hasPrefix("look") && $0.session == ScheduleScript.control }
        for number in 0..<looks {
            let found = answer([ScheduleScript.look(number)], ignoring: [])
            if case .invariant = finding.violation {
                if found.rows.isEmpty { return "its last step shows no row" }
            } else if number < finding.shownRows.count, !found.answersLike(finding.shownRows[number]) {
                return "its last step shows \(found.summary) instead of \(finding.shownRows[number].summary)"
            }
        }
        return nil
    }
}
