import PQClient

/// One session of an exploration: goes on when it is told to, and knows what it has done and where it has stopped.
final class LabSession {
    enum Phase: Equatable {
        /// Between two steps, or done with all of them.
        case idle
        /// Before a statement inside a function.
        case gate(GateListener.Statement)
        case running
        case blocked
    }

    let connection: LabConnection
    private let steps: [Scenario.Step]
    /// Whether the rows of each step's answer have an order.
    private let areOrdered: [Bool]
    /// The steps that this run takes, by their place in the session.
    fileprivate(set) var plan: [Int] = []
    /// The transaction of each step begun, counted from 0.
    private(set) var transactions: [Int] = []
    fileprivate(set) var phase = Phase.idle
    /// How many steps have been begun.
    private(set) var begun = 0
    fileprivate(set) var results: [StepResult] = []
    fileprivate var answers: [LabResult] = []
    private let gates: GateListener?
    fileprivate var caller: Int32?
    private let ignoredColumns: Set<String>
    private let recordsAccesses: Bool
    private let setup: String?
    private let settings: String
    private let closeGates: String?
    /// Opens the gate of a trigger.
    var openGate: (() throws -> Void)?

    /// - Parameters:
    ///   - ignoring: columns to leave out of the steps' answers.
    ///   - recordsAccesses: whether to keep what the rows of answers say was read and written.
    ///   - settings: statements that each schedule begins with.
    ///   - triggerGate: makes triggers stop the session.
    init(
        _ session: Scenario.Session, conninfo: String, gates: GateListener?, gateModule: String?, ignoring columns: Set<String>,
        recordsAccesses: Bool, settings: [String], triggerGate: String?
    ) throws {
        connection = try LabConnection(conninfo, name: session.name)
        steps = session.steps
        areOrdered = steps.map { $0.sql.contains(#/(?i)\border\s+by\b/#) }
        ignoredColumns = columns
        self.recordsAccesses = recordsAccesses
        self.gates = gates
        setup = session.setup
        let own = ["SET client_min_messages = warning", "SET deadlock_timeout = '10ms'", "SET statement_timeout = '\(Self.patience)s'"]
        // Only a superuser may set the socket, and the setup may take another role.
        let gate = gates.map { ["SET domainflow_gate.pause = on", "SET domainflow_gate.socket = '\($0.path)'"] } ?? []
        self.settings = (own + settings + gate).joined(separator: "; ")
        closeGates = gates == nil ? triggerGate : "SET domainflow_gate.pause = off"
        if let gateModule { try run("LOAD \(PostgresQuery.quoteLiteral(gateModule))", "") }
    }

    private func run(_ script: String, _ part: String) throws {
        let done = connection.run(script)
        guard !done.isError else { throw RaceError("\(part)session \(connection.name)\(part.isEmpty ? "" : " failed"): \(done.text)") }
    }

    /// How long a statement may take, in seconds.
    static let patience = 20
    private var stepBegan = ContinuousClock.now

    /// The connection is gone; the next schedule needs another one.
    fileprivate(set) var isLost = false

    var isDone: Bool { phase == .idle && begun == plan.count }
    /// The step that the lab's own timeout has ended: no verdict about the scenario.
    var timedOut: String? {
        guard let last = results.last, last.sqlState == "57014", stepBegan.duration(to: .now) > .seconds(Self.patience) else { return nil }
        return steps[plan[begun - 1]].name
    }
    /// It is executing nothing.
    var isAtRest: Bool { phase == .idle }
    /// It can go on as soon as the controller chooses it.
    var canGoOn: Bool {
        switch phase {
        case .idle: begun < plan.count
        case .gate: true
        case .running, .blocked: false
        }
    }
    /// The statement before which it has stopped.
    var statement: GateListener.Statement? { if case .gate(let standing) = phase { standing } else { nil } }
    /// In a statement or a transaction: another session's turn now is a preemption.
    var isInTheMiddle: Bool {
        if case .gate = phase { return true }
        return phase == .idle && connection.isInTransaction
    }
    /// The sockets that become readable when something happens. The first call of a server process comes to the listener.
    var sockets: [Int32] { [connection.socket] + (caller.map { [$0] } ?? gates.map { [$0.descriptor] } ?? []) }

    /// Prepares a schedule: takes the settings of a new session and runs its setup. No gate is closed yet.
    func begin(leavingOut: Set<Int>) throws {
        plan = steps.indices.filter { !leavingOut.contains($0) }
        transactions = []
        phase = .idle
        begun = 0
        results = []
        answers = []
        guard let setup else { return try run(([settings] + (closeGates.map { [$0] } ?? [])).joined(separator: "; "), "") }
        try run(settings, "")
        try run(setup, "setup of ")
        if let closeGates { try run(closeGates, "") }
    }

    /// Ends a transaction whose last step was left out.
    func rollBack() {
        if isAtRest, connection.isInTransaction { _ = connection.run("ROLLBACK") }
    }

    /// Ends a schedule: the session keeps no lock, temporary table, cursor, prepared statement or setting of it.
    func clean() throws {
        guard isAtRest, !isLost else { return }
        rollBack()
        // DISCARD ALL cannot be sent with other statements, and would make every schedule plan its functions again.
        try run(
            """
            CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; RESET ALL; DEALLOCATE ALL; UNLISTEN *;
            SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES; \(RowCounter.flush)
            """, "")
        // Without its setting the server's process has hung up.
        gates?.forget(connection.pid)
        caller = nil
    }

    /// Begins the next step, or continues with the statement before which it has stopped.
    func goOn() throws {
        if case .gate = phase {
            if let caller { GateListener.letGo(caller) } else { try openGate?() }
        } else {
            transactions.append((transactions.last ?? -1) + (connection.isInTransaction ? 0 : 1))
            try connection.send(steps[plan[begun]].sql)
            begun += 1
            stepBegan = .now
        }
        phase = .running
    }

    func setBlocked() { phase = .blocked }

    /// Notes that it has come to the gate of a trigger.
    func setStanding(before statement: GateListener.Statement) { phase = .gate(statement) }

    /// Notes that a session that waited for a lock may have got it.
    func askAgain() { if phase == .blocked { phase = .running } }

    /// Reads what has arrived. True when the session has come to a gate or to the end of its step.
    func look() throws -> Bool {
        guard phase == .running else { return true }
        guard connection.consume() else { throw RaceError("session \(connection.name) lost its connection: \(connection.message)") }
        while !connection.isBusy {
            guard let answer = connection.nextResult() else {
                results.append(
                    StepResult(
                        answers, isOrdered: areOrdered[plan[begun - 1]], ignoring: ignoredColumns, recordingAccesses: recordsAccesses))
                answers = []
                phase = .idle
                return true
            }
            answers.append(answer)
        }
        if caller == nil { caller = gates?.caller(pid: connection.pid) }
        if let caller, LabConnection.wait(for: [caller], microseconds: 0) {
            guard let statement = GateListener.statement(on: caller) else {
                throw RaceError("session \(connection.name) left its gate")
            }
            phase = .gate(statement)
            return true
        }
        return false
    }
}

// MARK: After a fault

extension LabSession {
    /// Waits for the end of the current step and opens the gates on the way; false when the end does not come. The session may be lost.
    func awaitEnd(within patience: Duration) throws -> Bool {
        let start = ContinuousClock.now
        // The gate where it has stopped stays closed: only later ones are opened.
        if case .gate = phase { phase = .running }
        while phase != .idle {
            askAgain()
            do {
                if try look(), case .gate = phase { try goOn() }
            } catch is RaceError {
                lose()
            }
            if phase != .idle { _ = LabConnection.wait(for: sockets, microseconds: 2_000) }
            if start.duration(to: .now) > patience { return false }
        }
        return true
    }

    /// Leaves out all steps that it has not begun.
    func takeNoMoreSteps() { plan = Array(plan.prefix(begun)) }

    /// Closes the client's end, as if its process had ended; the server may still be at work. Returns the gate to which it will come.
    @discardableResult
    func hangUp() -> Int32? {
        let gate = caller
        if case .gate = phase {
            if let gate { GateListener.letGo(gate) } else { try? openGate?() }
        }
        connection.hangUp()
        lose()
        return gate
    }

    /// Notes that the connection is broken: the current step has no answer.
    func lose() {
        isLost = true
        if phase != .idle { results.append(StepResult(sqlState: "08006", message: "the connection was lost")) }
        answers = []
        phase = .idle
        takeNoMoreSteps()
    }
}
