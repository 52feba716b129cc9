// Injects every fault at every boundary: of the serial orders first, then of the schedules with one preemption.

extension ExplorationWorker {
    /// How far the injection of faults has come.
    struct FaultCoverage {
        var injected: [InjectedFault: Int] = [:]
        var inconclusive = 0
        /// Nothing was left out for want of time.
        var isComplete = false
        var finding: RaceFinding?
    }

    /// Stops at the first violation, which it repeats if that is wanted.
    func injectFaults(
        _ faults: [InjectedFault], until deadline: ContinuousClock.Instant, repeating repeats: Bool, progress: ExplorationProgress,
        stop: StopFlag
    ) throws -> FaultCoverage {
        var coverage = try injectFaults(faults, until: deadline, progress: progress, stop: stop)
        if repeats, let finding = coverage.finding {
            coverage.finding = try repeated(finding, finding.injection?.fault.hitsEverybody == true ? 3 : 20)
        }
        return coverage
    }

    private func injectFaults(
        _ faults: [InjectedFault], until deadline: ContinuousClock.Instant, progress: ExplorationProgress, stop: StopFlag
    ) throws -> FaultCoverage {
        progress.begin(.faults)
        var coverage = FaultCoverage()
        var seen: Set<[String]> = []
        // A crash takes a second, so crashes come last, and only at the boundaries of the serial orders.
        var crashes: [(choices: [Int], injection: Injection)] = []
        var search = ScheduleSearch(twins: ScheduleSearch.twins(of: scenario), maxBound: 1, seed: 0, room: 0)
        while case .run(let plan, .bound(let bound)) = search.next(), bound <= 1 {
            let (base, _) = try run(plan)
            search.finished(plan, base.decisions)
            let choices = base.decisions.map(\.chosen)
            // Many schedules reach the same moment: only what came before it counts.
            for injection in Self.moments(of: base, faults) where seen.insert(Self.prefix(of: base, injection)).inserted {
                if injection.fault.hitsEverybody {
                    if bound == 0 { crashes.append((choices, injection)) }
                    continue
                }
                if stop.isSet || ContinuousClock.now > deadline { return coverage }
                if try inject(injection, choices, &coverage, progress) { return coverage }
            }
        }
        for (choices, injection) in crashes {
            if stop.isSet || ContinuousClock.now > deadline { return coverage }
            if try inject(injection, choices, &coverage, progress) { return coverage }
        }
        coverage.isComplete = true
        return coverage
    }

    /// True when it found a violation.
    private func inject(
        _ injection: Injection, _ choices: [Int], _ coverage: inout FaultCoverage, _ progress: ExplorationProgress
    ) throws -> Bool {
        let (execution, finding) = try run(.follow(choices), injecting: injection)
        progress.count()
        guard execution.inconclusive == nil else {
            coverage.inconclusive += 1
            return false
        }
        guard execution.moves.contains(where: { $0.fault != nil }) else { return false }
        coverage.injected[injection.fault, default: 0] += 1
        coverage.finding = finding
        return finding != nil
    }

    /// The moments of a schedule at which a fault makes a difference.
    private static func moments(of base: ScheduleRunner.Execution, _ faults: [InjectedFault]) -> [Injection] {
        var taken: [Int: Int] = [:]
        var moments: [Injection] = []
        for move in base.moves {
            let number = taken[move.session, default: 0]
            taken[move.session] = number + 1
            for fault in faults {
                let isThere =
                    switch fault {
                    case .cancel, .statementTimeout, .backendKill, .serverKill: move.statement != nil
                    case .terminate, .clientDeath: true
                    case .lockTimeout: false
                    case .lostCommit: move.isInTransaction && move.statement == nil
                    case .lostReply: if case .step = move.end { true } else { false }
                    }
                if isThere { moments.append(Injection(fault: fault, session: move.session, move: number)) }
                if move.end == .blocked, [.cancel, .terminate, .statementTimeout, .lockTimeout, .clientDeath].contains(fault) {
                    moments.append(Injection(fault: fault, session: move.session, move: number, whileWaiting: true))
                }
            }
        }
        return moments
    }

    /// The moves up to the fault: the order in which the sessions go on after it does not matter.
    private static func prefix(of base: ScheduleRunner.Execution, _ injection: Injection) -> [String] {
        var left = injection.move + 1
        var moves: [String] = ["\(injection)"]
        for move in base.moves {
            if move.session == injection.session { left -= 1 }
            if left == 0, !injection.whileWaiting { break }
            moves.append("\(move.session) \(move.step) \(move.statement.map { "\($0.function):\($0.line)" } ?? "")")
            if left == 0 { break }
        }
        return moves
    }
}
