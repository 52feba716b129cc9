import Foundation

/// Runs schedules: lets one session go on at a time, up to its next statement, the end of its step, or a lock that another session holds.
///
/// One thread drives all sessions. It asks the server whether a session waits for a lock. A schedule that cannot be decided in time is
/// inconclusive, never passed.
final class ScheduleRunner {
    /// What a session did when the runner let it go on.
    struct Move: Sendable, Equatable {
        enum End: Sendable, Equatable {
            case statement
            case step(StepResult)
            case blocked
        }
        var session: Int
        /// The step that it began or continued, counted from 0.
        var step: Int
        /// The statement before which it had stopped; nil at the beginning of a step.
        var statement: GateListener.Statement?
        var end: End
        /// The fault that was injected in its place, or while it waited.
        var fault: InjectedFault?
        var isInTransaction = false
        /// The rows that it committed, if a ``RowWatch`` was set.
        var changes: [RowWatch.Change] = []
        /// The sessions that continued by themselves, because this move released what they waited for.
        var released: [Released] = []

        struct Released: Sendable, Equatable {
            var session: Int
            var end: End
        }
    }

    struct Execution: Sendable {
        var decisions: [ScheduleSearch.Decision] = []
        var moves: [Move] = []
        var results: [Scenario.StepPlace: StepResult] = [:]
        /// The transaction of its session to which each step belongs, counted from 0.
        var transactions: [Scenario.StepPlace: Int] = [:]
        /// What an injected fault has broken off, by session.
        var interruptions: [Int: Interruption] = [:]
        var inconclusive: String?

        /// The session's transactions from this one on have not happened; if that is unknown, this one may have.
        struct Interruption: Sendable, Equatable {
            var transaction: Int
            var isUnknown: Bool
        }

        func isInterrupted(_ place: Scenario.StepPlace) -> Bool {
            interruptions[place.session].map { (transactions[place] ?? .max) >= $0.transaction } ?? false
        }

        var preemptions: Int { decisions.count { $0.isPreemption($0.chosen) } }
    }

    let scenario: Scenario
    /// Replaced after the server has been down.
    var control: LabConnection
    var sessions: [LabSession] = []
    let patience: Duration
    let gates: Gates
    /// Where the gate module of each session calls in before a statement.
    private let listener: GateListener?
    private(set) var triggers: TriggerGates?
    private let conninfo: String
    /// Ends the server's first process with SIGKILL and starts it again; nil where the lab may not do that.
    var crashServer: (() throws -> Void)?
    /// Is asked after each move which rows have changed, in a schedule that people will read.
    var watch: RowWatch?
    /// The server processes that still work although their client is gone, each with the socket on which it calls before a statement.
    var orphans: [(pid: Int32, gate: Int32?)] = []
    private var pidsKnown: [Int32] = []

    init(_ scenario: Scenario, conninfo: String, gates: Gates, patience: Duration = .seconds(10)) throws {
        self.scenario = scenario
        self.patience = patience
        (self.gates, self.conninfo) = (gates, conninfo)
        listener = if case .statements = gates { try GateListener() } else { nil }
        control = try LabConnection(conninfo, name: "control")
        try holdTriggers()
        sessions = try scenario.sessions.indices.map(open)
        try prepareQuestion()
    }

    private func open(_ number: Int) throws -> LabSession {
        let session = scenario.sessions[number]
        let opened = try LabSession(
            session, conninfo: conninfo, gates: listener, gateModule: gates.module, ignoring: scenario.expectation.ignoredColumns,
            recordsAccesses: !scenario.checks.isEmpty,
            settings: scenario.isolation.map { ["SET default_transaction_isolation = '\($0)'"] } ?? [],
            triggerGate: triggers == nil ? nil : TriggerGates.settings(session: number))
        if triggers != nil { opened.openGate = { [unowned self, pid = opened.connection.pid] in try triggers?.letGo(pid) } }
        return opened
    }

    /// Prepares the question whether a session waits for another; the sessions' processes are part of it.
    private func prepareQuestion() throws {
        let pids = sessions.map(\.connection.pid)
        guard pids != pidsKnown else { return }
        if !pidsKnown.isEmpty { _ = control.run("DEALLOCATE \"is waiting\"") }
        let list = pids.map(String.init).joined(separator: ",")
        try control.prepare("is waiting", "SELECT pg_catalog.pg_isolation_test_session_is_blocked($1, '{\(list)}')")
        pidsKnown = pids
    }

    /// Opens new sessions in place of those that were lost.
    private func reopen() throws {
        for (number, session) in sessions.enumerated() where session.isLost {
            listener?.forget(session.connection.pid)
            sessions[number] = try open(number)
        }
        try prepareQuestion()
    }

    /// Connects to a server that has recovered.
    func reconnect() throws {
        control = try LabConnection(conninfo, name: "control")
        try holdTriggers()
        pidsKnown = []
    }

    private func holdTriggers() throws {
        if gates == .writes { triggers = try TriggerGates(control: control, sessions: scenario.sessions.count) }
    }

    /// Runs one schedule from the state that the setup left, without some steps, and with a fault at one of its moves.
    func run(
        _ chooser: inout ScheduleSearch.Chooser, leavingOut: Set<Scenario.StepPlace> = [], injecting injection: Injection? = nil
    ) throws -> Execution {
        try reopen()
        for (number, session) in sessions.enumerated() {
            try session.begin(leavingOut: Set(leavingOut.filter { $0.session == number }.map(\.index)))
        }
        if let injection { arm(injection) }
        var execution = Execution()
        var last: Int?
        var taken = [Int](repeating: 0, count: sessions.count)
        var spin = Spin()
        while true {
            let ready = sessions.indices.filter { sessions[$0].canGoOn }
            let enabled = ready.count > 1 && spin.isLasting ? ready.filter { $0 != last } : ready
            guard let first = enabled.first else { break }
            var chosen = first
            if enabled.count > 1 {
                chosen = chooser.choose(enabled, previous: last)
                let preempted = last.flatMap { enabled.contains($0) && sessions[$0].isInTheMiddle ? $0 : nil }
                execution.decisions.append(ScheduleSearch.Decision(enabled: enabled, chosen: chosen, previous: preempted))
            }
            last = chosen
            let here = injection.flatMap { $0.session == chosen && $0.move == taken[chosen] ? $0 : nil }
            taken[chosen] += 1
            spin.note(chosen, before: sessions[chosen].statement)
            guard try here.map({ try move(with: $0, &execution) }) ?? move(chosen, &execution) else { break }
        }
        if let injection { try disarm(injection, &execution) }
        if injection == nil, let step = sessions.lazy.compactMap(\.timedOut).first {
            execution.inconclusive = "step \(step) did not end within \(LabSession.patience) s"
        }
        for (number, session) in sessions.enumerated() {
            for (index, result) in zip(session.plan, session.results) {
                execution.results[.init(session: number, index: index)] = result
            }
            for (index, transaction) in zip(session.plan, session.transactions) {
                execution.transactions[.init(session: number, index: index)] = transaction
            }
            // The script that resets the state would wait for its locks.
            try session.clean()
        }
        return execution
    }

    /// Lets one session go on and waits until every session has stopped. False when that cannot be decided.
    func move(_ number: Int, _ execution: inout Execution) throws -> Bool {
        let session = sessions[number]
        let waiting = sessions.indices.filter { sessions[$0].phase == .blocked }
        var move = nextMove(of: number)
        try session.goOn()
        let settled = try settle(number)
        move.end = end(of: session)
        return try settleOthers(waiting, move, settled, &execution)
    }

    /// What a session is about to do, as far as that is known before it goes on.
    func nextMove(of number: Int) -> Move {
        let session = sessions[number]
        return Move(
            session: number, step: session.plan[session.statement == nil ? session.begun : session.begun - 1], statement: session.statement,
            end: .blocked, isInTransaction: session.connection.isInTransaction)
    }

    /// Notes which of the sessions that waited can go on now, and ends the move.
    func settleOthers(_ waiting: [Int], _ move: Move, _ settled: Bool, _ execution: inout Execution) throws -> Bool {
        var move = move
        var settledAll = settled
        var changed = true
        while changed, settledAll {
            // A session that goes on may release another.
            changed = false
            for other in waiting where settledAll && sessions[other].phase == .blocked {
                sessions[other].askAgain()
                settledAll = try settle(other, wasBlocked: true)
                guard sessions[other].phase != .blocked else { continue }
                move.released.append(.init(session: other, end: end(of: sessions[other])))
                changed = true
            }
        }
        // The server ends a deadlock after a while. Sessions that are done may still hold locks: those end here.
        if settledAll, !sessions.contains(where: \.canGoOn), sessions.contains(where: { $0.phase == .blocked }) {
            for session in sessions where session.isDone { session.rollBack() }
            settledAll = try waitForRelease(&move)
        }
        if watch != nil { move.changes = watch!.changes() }
        execution.moves.append(move)
        if !settledAll {
            execution.inconclusive = "no session could go on within \(patience)"
            try abandon()
        }
        return settledAll
    }

    func end(of session: LabSession) -> Move.End {
        switch session.phase {
        case .gate: .statement
        case .idle: session.results.last.map { .step($0) } ?? .statement
        case .running, .blocked: .blocked
        }
    }

    /// Waits until a session stops: before a statement, at the end of its step, or at a lock.
    private func settle(_ number: Int, wasBlocked: Bool = false) throws -> Bool {
        let session = sessions[number]
        let start = ContinuousClock.now
        var microseconds = wasBlocked ? 0 : 300
        while true {
            if try session.look() { return true }
            if LabConnection.wait(for: session.sockets, microseconds: microseconds) { continue }
            // Asking takes time from the session that is asked about, so a statement that takes longer is asked about less often.
            microseconds = min(max(microseconds * 2, 300), 5_000)
            try serveOrphans()
            if let standing = try triggers?.standing(session.connection.pid) {
                session.setStanding(before: standing)
                return true
            }
            if try control.value(of: "is waiting", String(session.connection.pid)) == "t" {
                // The session may have gone on while the server was asked.
                if try session.look() { return true }
                session.setBlocked()
                return true
            }
            if start.duration(to: .now) > patience { return false }
        }
    }

    /// Waits while all sessions wait for each other: the server's deadlock check ends one of them with an error.
    private func waitForRelease(_ move: inout Move) throws -> Bool {
        let blocked = sessions.indices.filter { sessions[$0].phase == .blocked }
        let start = ContinuousClock.now
        while !sessions.contains(where: \.canGoOn) {
            if sessions.allSatisfy(\.isDone) { return true }
            _ = LabConnection.wait(for: blocked.flatMap { sessions[$0].sockets }, microseconds: 2_000)
            try serveOrphans()
            for number in blocked where sessions[number].phase == .blocked {
                sessions[number].askAgain()
                guard try settle(number, wasBlocked: true) else { return false }
                if sessions[number].phase != .blocked { move.released.append(.init(session: number, end: end(of: sessions[number]))) }
            }
            if start.duration(to: .now) > patience { return false }
        }
        return true
    }

    /// Ends what the sessions are doing, so that they can be used again.
    private func abandon() throws {
        for session in sessions {
            _ = session.connection.cancel()
            let start = ContinuousClock.now
            while !session.isAtRest {
                session.askAgain()
                if case .gate = session.phase { try session.goOn() }
                if try !session.look() { _ = LabConnection.wait(for: session.sockets, microseconds: 10_000) }
                if start.duration(to: .now) > patience { throw RaceError("session \(session.connection.name) cannot be ended") }
            }
        }
    }
}
