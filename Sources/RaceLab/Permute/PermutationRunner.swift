import CLibPQ
import Foundation
import PQClient

/// Runs orders of steps and writes down what happens, in isolationtester's words.
///
/// A step that waits for a lock stays waiting while the runner takes the next one; the runner asks the server whether it waits
/// (`pg_isolation_test_session_is_blocked`) and never guesses from the time. isolationtester asks after 10 ms, this runner after one, so a
/// wait costs a tenth.
final class PermutationRunner {
    /// Ends the file, as isolationtester would: the transcript has everything up to here.
    struct Ended: Error {
        var message: String
    }

    private(set) var transcript = ""
    /// What each step has answered, by its name.
    private(set) var answers: [String: [LabResult]] = [:]
    private let scenario: Scenario
    private let control: LabConnection
    private let sessions: [LabConnection]
    private var states: [SessionState]
    private var newNotice = false
    /// After this long a step is cancelled, after twice that the run ends.
    private let patience: Duration
    private let stop: StopFlag

    private struct SessionState {
        /// The current step's place in the permutation.
        var active: Int?
        var notices = 0
    }

    /// - Parameter conninfo: of a database that is the scenario's own.
    init(_ scenario: Scenario, conninfo: String, patience: Duration = .seconds(300), stop: StopFlag = StopFlag()) throws {
        self.scenario = scenario
        self.patience = patience
        self.stop = stop
        control = try LabConnection(conninfo, name: "control connection")
        sessions = try scenario.sessions.map { try LabConnection(conninfo, name: $0.name) }
        states = sessions.map { _ in SessionState() }
        let pids = sessions.map { String($0.pid) }.joined(separator: ",")
        try control.prepare("is waiting", "SELECT pg_catalog.pg_isolation_test_session_is_blocked($1, '{\(pids)}')")
        for (number, session) in sessions.enumerated() {
            let name = PostgresQuery.quoteLiteral("/" + session.name)
            _ = session.run("SELECT set_config('application_name', current_setting('application_name') || \(name), false)")
            session.onNotice = { [unowned self, name = session.name] text in
                transcript += "\(name): \(text)"
                states[number].notices += 1
                newNotice = true
            }
        }
        for name in scenario.unusedSteps { transcript += "unused step name: \(name)\n" }
        transcript += "Parsed test spec with \(sessions.count) sessions\n"
    }

    // MARK: One permutation

    private var turns: [Scenario.Turn] = []
    /// The counts of notices that each turn's blockers wait for.
    private var targets: [[Int]] = []

    func run(_ permutation: Scenario.Permutation) throws {
        turns = permutation.steps
        targets = turns.map { _ in [] }
        transcript += "\nstarting permutation:" + turns.map { " " + name($0.step) }.joined() + "\n"
        try setUp()
        var waiting: [Int] = []
        for turn in turns.indices {
            if stop.isSet { throw Ended(message: "interrupted") }
            let session = turns[turn].step.session
            try waitForSession(session, &waiting)
            try sessions[session].send(step(turn).sql)
            states[session].active = turn
            targets[turn] = turns[turn].blockers.map { blocker in
                if case .notices(let other, let count) = blocker { return states[other.session].notices + count }
                return 0
            }
            let mustWait = try !complete(turn, blocking: false, again: false)
            try completeAll(&waiting, blocking: false)
            if mustWait { waiting.append(turn) }
        }
        try completeAll(&waiting, blocking: true)
        guard waiting.isEmpty else { throw Ended(message: "failed to complete permutation due to mutually-blocking steps") }
        tearDown()
    }

    private func step(_ turn: Int) -> Scenario.Step { scenario.step(turns[turn].step) }
    private func name(_ place: Scenario.StepPlace) -> String { scenario.step(place).name }

    private func setUp() throws {
        for script in scenario.setups {
            guard report(control.run(script)) else { throw Ended(message: "setup failed: \(control.message.dropLast())") }
        }
        for (session, connection) in zip(scenario.sessions, sessions) {
            guard let script = session.setup, !report(connection.run(script)) else { continue }
            throw Ended(message: "setup of session \(session.name) failed: \(connection.message.dropLast())")
        }
    }

    private func tearDown() {
        for (session, connection) in zip(scenario.sessions, sessions) {
            guard let script = session.teardown, !report(connection.run(script)) else { continue }
            transcript += "teardown of session \(session.name) failed: \(connection.message)"
        }
        for script in scenario.teardowns where !report(control.run(script)) { transcript += "teardown failed: \(control.message)" }
    }

    /// Writes rows to the transcript. False for an error.
    private func report(_ result: LabResult) -> Bool {
        if result.hasRows { transcript += result.table }
        return result.hasRows || result.status == PGRES_COMMAND_OK
    }

    /// Waits for the step before to complete, for which other waiting steps may have to complete first.
    private func waitForSession(_ session: Int, _ waiting: inout [Int]) throws {
        let start = ContinuousClock.now
        while let turn = states[session].active {
            if try complete(turn, blocking: true, again: true) { waiting.removeAll { $0 == turn } }
            try completeAll(&waiting, blocking: false)
            guard states[session].active != nil, start.duration(to: .now) > patience * 2 else { continue }
            throw Ended(message: "step \(step(turn).name) timed out after \(start.duration(to: .now).components.seconds) seconds")
        }
    }

    /// Completes the waiting steps that can be completed. A later one may have released one with blockers, so they are tried again as
    /// long as anything happens.
    private func completeAll(_ waiting: inout [Int], blocking: Bool) throws {
        var goOn: Bool
        repeat {
            newNotice = false
            let before = waiting.count
            var left: [Int] = []
            for turn in waiting where try !complete(turn, blocking: blocking, again: true) { left.append(turn) }
            waiting = left
            goOn = waiting.contains { !turns[$0].blockers.isEmpty } && (waiting.count < before || newNotice)
        } while goOn
    }

    // MARK: One step

    /// Waits until a step has completed or, unless `blocking`, waits for a lock. True when it has completed and is reported.
    private func complete(_ turn: Int, blocking: Bool, again: Bool) throws -> Bool {
        let (session, step) = (turns[turn].step.session, step(turn))
        let connection = sessions[session]
        func keepWaiting() -> Bool {
            if !again { transcript += "step \(step.name): \(step.sql) <waiting ...>\n" }
            return false
        }
        if !again, turns[turn].blockers.contains(.once) { return keepWaiting() }
        if try !answered(connection, step, blocking: blocking) || isHeldBack(turn) { return keepWaiting() }
        transcript += again ? "step \(step.name): <... completed>\n" : "step \(step.name): \(step.sql)\n"
        while let result = connection.nextResult() {
            write(result)
            answers[step.name, default: []].append(result)
        }
        connection.consume()
        while let notification = connection.nextNotification() {
            let sender = sessions.first { $0.pid == notification.pid }?.name ?? "PID \(notification.pid)"
            transcript +=
                "\(connection.name): NOTIFY \"\(notification.channel)\" with payload \"\(notification.payload)\" from \(sender)\n"
            connection.consume()
        }
        states[session].active = nil
        return true
    }

    /// False when the step waits for a lock.
    private func answered(_ connection: LabConnection, _ step: Scenario.Step, blocking: Bool) throws -> Bool {
        let start = ContinuousClock.now
        var pause = 1_000
        var isCancelled = false
        while connection.isBusy {
            if LabConnection.wait(for: [connection.socket], microseconds: pause) {
                guard connection.consume() else { throw Ended(message: "PQconsumeInput failed: \(connection.message)") }
                continue
            }
            pause = min(pause * 2, 10_000)
            if !blocking, try control.value(of: "is waiting", String(connection.pid)) == "t" {
                // A notice or even the answer may have come while the server was asked.
                guard connection.consume() else { throw Ended(message: "PQconsumeInput failed: \(connection.message)") }
                return !connection.isBusy
            }
            let waited = start.duration(to: .now)
            if waited > patience || stop.isSet, !isCancelled, connection.cancel() {
                transcript += "isolationtester: canceling step \(step.name) after \(waited.components.seconds) seconds\n"
                isCancelled = true
            }
            if waited > patience * 2 {
                throw Ended(message: "step \(step.name) timed out after \(waited.components.seconds) seconds")
            }
        }
        return true
    }

    private func isHeldBack(_ turn: Int) -> Bool {
        zip(turns[turn].blockers, targets[turn]).contains { blocker, target in
            switch blocker {
            case .once: false
            case .step(let other): states[other.session].active.map { turns[$0].step == other } ?? false
            case .notices(let other, _): states[other.session].notices < target
            }
        }
    }

    private func write(_ result: LabResult) {
        switch result.status {
        case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: break
        case PGRES_TUPLES_OK: transcript += result.table
        case PGRES_FATAL_ERROR:
            // The detail may hold transaction ids, which differ from run to run.
            if let severity = result.severity, let primary = result.primary {
                transcript += "\(severity):  \(primary)\n"
            } else {
                transcript += result.text + "\n"
            }
        default: transcript += "unexpected result status: \(String(cString: PQresStatus(result.status)))\n"
        }
    }
}
