import Foundation

// Injects faults into a schedule. The lab holds the client's socket itself, so a broken connection needs no proxy: the runner closes the
// socket before it sends the statement, while the server executes it, or after the server has answered and before it reads the answer.

extension ScheduleRunner {
    private static let timeout = "100ms"

    /// Sets a timeout, which is a setting of the session and runs from the beginning of the step.
    func arm(_ injection: Injection) {
        switch injection.fault {
        case .statementTimeout: _ = sessions[injection.session].connection.run("SET statement_timeout = '\(Self.timeout)'")
        case .lockTimeout: _ = sessions[injection.session].connection.run("SET lock_timeout = '30ms'")
        default: return
        }
    }

    /// Cleans up after the fault, so that the next schedule can begin.
    func disarm(_ injection: Injection, _ execution: inout Execution) throws {
        let session = sessions[injection.session]
        if injection.fault == .statementTimeout || injection.fault == .lockTimeout {
            if !execution.moves.contains(where: { $0.fault != nil }),
                session.results.contains(where: { $0.sqlState == "57014" || $0.sqlState == "55P03" })
            {
                execution.inconclusive = "the timeout came before its moment"
            }
            _ = session.connection.run("ROLLBACK; SET statement_timeout = '20s'; RESET lock_timeout")
        }
        let start = ContinuousClock.now
        while !orphans.isEmpty {
            try serveOrphans()
            let pids = orphans.map { String($0.pid) }.joined(separator: ",")
            let left = control.run("SELECT pid FROM pg_catalog.pg_stat_activity WHERE pid = ANY ('{\(pids)}')")
            if left.rowCount == 0 { orphans = [] } else { usleep(500) }
            if start.duration(to: .now) > patience {
                execution.inconclusive = "a session whose client was gone did not end within \(patience)"
                orphans = []
            }
        }
    }

    /// Opens the gates for processes whose client is gone: no schedule decides about them any more.
    func serveOrphans() throws {
        for (number, orphan) in orphans.enumerated() {
            if let triggers, try triggers.standing(orphan.pid) != nil { try triggers.letGo(orphan.pid) }
            guard let gate = orphan.gate, LabConnection.wait(for: [gate], microseconds: 0) else { continue }
            if GateListener.statement(on: gate) == nil { orphans[number].gate = nil } else { GateListener.letGo(gate) }
        }
    }

    /// Injects a fault in place of a move, or after it. False when the schedule cannot go on.
    func move(with injection: Injection, _ execution: inout Execution) throws -> Bool {
        let session = sessions[injection.session]
        var move: Move
        if injection.whileWaiting || injection.fault == .lostReply {
            guard try self.move(injection.session, &execution) else { return false }
            // This schedule does not come to the moment for which the fault was planned: nothing to break off.
            let isThere = injection.whileWaiting ? session.phase == .blocked : session.phase == .idle && !session.connection.isInTransaction
            guard isThere else { return true }
            move = execution.moves.removeLast()
        } else {
            move = nextMove(of: injection.session)
        }
        move.fault = injection.fault
        let waiting = sessions.indices.filter { $0 != injection.session && sessions[$0].phase == .blocked }
        let hasEnded = try inject(injection.fault, injection.session, &execution)
        if !hasEnded { execution.inconclusive = "a session did not end within \(patience) after \(injection.fault.rawValue)" }
        guard hasEnded, !injection.fault.hitsEverybody else {
            execution.moves.append(move)
            return false
        }
        if injection.fault != .lostReply { move.end = end(of: session) }
        return try settleOthers(waiting, move, true, &execution)
    }

    private func inject(_ fault: InjectedFault, _ number: Int, _ execution: inout Execution) throws -> Bool {
        let session = sessions[number]
        // Between transactions the fault breaks off the next one before it has begun.
        let isIdle = session.phase == .idle && !session.connection.isInTransaction && fault != .lostReply
        let transaction = (session.transactions.last ?? -1) + (isIdle ? 1 : 0)
        switch fault {
        case .cancel, .statementTimeout, .lockTimeout:
            if fault == .cancel { _ = session.connection.cancel() }
            guard try session.awaitEnd(within: patience) else { return false }
            // A function that catches it and answers has not been broken off.
            guard session.results.last?.sqlState != nil else { return true }
            if session.connection.isInTransaction { _ = session.connection.run("ROLLBACK") }
            session.takeNoMoreSteps()
        case .terminate:
            _ = control.run("SELECT pg_catalog.pg_terminate_backend(\(session.connection.pid))")
            guard try session.awaitEnd(within: patience) else { return false }
            // Between two steps the client has not heard of the end yet.
            session.lose()
            orphans.append((session.connection.pid, nil))
        case .clientDeath, .lostCommit, .lostReply:
            orphans.append((session.connection.pid, session.hangUp()))
        case .backendKill, .serverKill:
            for (other, session) in sessions.enumerated() {
                let isOpen = session.phase != .idle || session.connection.isInTransaction || other == number
                let begun = (session.transactions.last ?? -1) + (isOpen ? 0 : 1)
                execution.interruptions[other] = .init(transaction: max(begun, 0), isUnknown: true)
            }
            try crash(fault, session.connection.pid)
            return true
        }
        execution.interruptions[number] = .init(transaction: max(transaction, 0), isUnknown: !fault.isAnswered)
        return true
    }

    /// Kills a process of the server, and waits until the server has recovered.
    private func crash(_ fault: InjectedFault, _ pid: Int32) throws {
        if fault == .serverKill {
            guard let crashServer else { throw RaceError("fault \"server kill\" needs a server that the lab may end: domainflow dev") }
            try crashServer()
        } else if kill(pid, SIGKILL) != 0 {
            throw RaceError("process \(pid) of the server cannot be killed: \(String(cString: strerror(errno)))")
        }
        for session in sessions {
            session.connection.hangUp()
            session.lose()
        }
        orphans = []
        let start = ContinuousClock.now
        while true {
            usleep(20_000)
            do { return try reconnect() } catch  where start.duration(to: .now) < .seconds(60) { continue }
        }
    }
}
