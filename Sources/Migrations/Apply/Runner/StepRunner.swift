import PQClient

/// Runs one step in a transaction with its history row, and retries until the step is applied or its patience is exhausted.
struct StepRunner: Sendable {
    let migrator: Migrator
    let watch: StatementWatch
    let progress: Migrator.Progress?
    var connection: PostgresConnection { migrator.connection }
    var project: String { migrator.project }
    var options: MigratorOptions { migrator.options }
    /// Runs in the transaction of every step, before it.
    var prelude: [SQLStatement] = []
    /// Ends what a step did to the session.
    var reset = ""
    /// What the plan knows: the last rank in the history, and the numbers of all steps.
    var known: (rank: Int, numbers: Set<Int>) = (0, [])

    enum Attempt {
        case applied(milliseconds: Double)
        /// Another runner has done it.
        case done
        /// Another runner holds the lock, or is at work on this step outside a transaction.
        case busy
        /// Worth another attempt: a lock timeout, a deadlock or a serialization failure rolled this one back.
        case retry(StepFailure, [Blocker])
    }

    /// Nil when another runner has applied the step in the meantime.
    func apply(_ step: Step, release: String?) async throws -> AppliedStep? {
        let statements = try step.statements()
        return try await untilApplied(id: step.id, number: step.number) { attempt in
            if step.header.transactional {
                try await inTransaction(step, statements, release: release, attempt: attempt)
            } else {
                try await outsideTransaction(step, statements[0], release: release, attempt: attempt)
            }
        }.map {
            AppliedStep(
                number: step.isRepeatable ? nil : step.number, id: step.id, durationMilliseconds: $0.milliseconds, attempts: $0.attempts,
                release: release)
        }
    }

    /// Polls while another runner is busy; pauses with full jitter after lock timeouts, so that two runners do not retry in lockstep.
    func untilApplied(
        id: String, number: Int, _ body: (Int) async throws -> Attempt
    ) async throws -> (milliseconds: Double, attempts: Int)? {
        let deadline = ContinuousClock.now + options.patience
        var attempt = 1
        var saidBusy = false
        var poll = 20
        while true {
            try checkInterrupt(id)
            switch try await body(attempt) {
            case .applied(let milliseconds): return (milliseconds, attempt)
            case .done: return nil
            case .busy:
                let holder = saidBusy && .now < deadline ? nil : try? await StatementWatch.runner(project: project, with: connection)
                guard .now < deadline else { throw Self.neverFree(holder, patience: options.patience) }
                if !saidBusy { progress?(.waitingForRunner(holder)) }
                saidBusy = true
                try await pause(milliseconds: poll, id)
                poll = min(poll * 2, 250)
            case .retry(let failure, let blockers):
                await record("blocked", number, attempt: attempt, failure, note: blockers.first?.description)
                guard attempt < options.attempts, .now < deadline else {
                    throw Self.gaveUp(failure, blockers, attempts: attempt)
                }
                let wait = Int.random(in: 50...min(8000, 250 << min(attempt, 5)))
                progress?(.retry(id: id, attempt: attempt, of: options.attempts, reason: failure.message, pauseMilliseconds: wait))
                attempt += 1
                try await pause(milliseconds: wait, id)
            }
        }
    }

    private func inTransaction(
        _ step: Step, _ statements: [SQLStatement], release: String?, attempt: Int
    ) async throws -> Attempt {
        let started = ContinuousClock.now
        do {
            let pid: Int
            var records: [String] = []
            switch try await open(step.header, number: step.number) {
            case .busy: return .busy
            case .mine(let row, let backend, let new):
                if let row, row.outcome.isApplied {
                    try await rollBack()
                    try Self.checkSame(row, step)
                    return .done
                }
                try refuseOthers(new, before: step)
                // Of a step that ran outside a transaction, in vain, until its file was edited.
                if row != nil { records.append(HistoryTables.delete(project: project, number: step.number)) }
                pid = backend
            }
            if step.isRepeatable, try await isRepeated(step) {
                try await rollBack()
                return .done
            }
            for statement in prelude { try await execute(statement, of: step.expanded, header: step.header, pid: pid) }
            try await run(statements, of: step.expanded, header: step.header, id: step.id, pid: pid)
            try await settle(step.header, of: step.expanded)
            try await verify(step.header.verify)
            let milliseconds = started.duration(to: .now).milliseconds
            try await commit(
                records + [
                    step.isRepeatable
                        ? HistoryTables.recordRepeated(project: project, step: step, duration: milliseconds)
                        : HistoryTables.insert(project: project, step: step, release: release, duration: milliseconds, outcome: .done),
                    HistoryTables.event(
                        project: project, step: step.number, what: "applied", attempt: attempt, duration: milliseconds,
                        message: step.isRepeatable ? step.id : nil),
                ])
            return .applied(milliseconds: milliseconds)
        } catch let stop as StepStop {
            try? await rollBack()
            return try await ended(stop, number: step.number, id: step.id, attempt: attempt)
        } catch {
            try? await rollBack()
            throw error
        }
    }

    /// Another runner has applied the same text. Read in the transaction that holds the lock.
    private func isRepeated(_ step: Step) async throws -> Bool {
        let results = try await send(
            "\(OwnSQL.enter); \(HistoryTables.selectRepeated(project: project)) AND id = \(Literal.text(step.id)); \(OwnSQL.leave)")
        return results[2].first?.text(1) == step.checksum
    }

    enum Opened {
        case busy
        /// `new`: what others have recorded since the plan was made.
        case mine(HistoryRow?, pid: Int, new: [HistoryRow])
    }

    /// BEGIN, the runner's lock, and only then the history: read before the lock it could be stale. One message.
    func open(_ header: StepHeader, number: Int) async throws -> Opened {
        let script = """
            BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \(OwnSQL.enter); \(HistoryTables.tryLock(project: project)), \
            pg_catalog.pg_backend_pid(); \(HistoryTables.selectOne(project: project, number: number)); \
            \(HistoryTables.selectNew(project: project, after: known.rank)); \(OwnSQL.leave); \(Self.timeouts(header, options))
            """
        let results = try await send(script)
        guard results.count > 5, let lock = results[3].first else {
            throw MigrationError(.database, "the server did not answer as expected to BEGIN")
        }
        guard lock.text(0) == "t" else {
            try await rollBack()
            return .busy
        }
        return .mine(
            try results[4].map(HistoryRow.init).first, pid: lock.text(1).flatMap { Int($0) } ?? 0, new: try results[5].map(HistoryRow.init))
    }

    /// A step never slips under one that another runner has applied since the plan was made, nor beside one that the plan does not know.
    func refuseOthers(_ new: [HistoryRow], before step: Step) throws {
        guard let other = new.first(where: { !known.numbers.contains($0.number) || $0.number > step.number && !options.allowOutOfOrder })
        else { return }
        throw MigrationError(
            .drift, "another runner has applied \(other.id) in the meantime, and \(step.id) is not applied", file: step.file, line: 1,
            hint: "two versions of these steps are being rolled out at once; domainflow migrate plan shows what is left to do")
    }

    func run(
        _ statements: [SQLStatement], of expanded: ExpandedText, header: StepHeader, id: String, pid: Int
    ) async throws {
        for (index, statement) in statements.enumerated() {
            if options.isInterrupted() {
                throw StepStop(StepFailure(message: "stopped before statement \(index + 1) of \(statements.count)"))
            }
            if statements.count > 1 { progress?(.statement(index: index + 1, of: statements.count)) }
            try await execute(statement, of: expanded, header: header, pid: pid)
        }
    }

    @discardableResult
    func execute(
        _ statement: SQLStatement, of expanded: ExpandedText, header: StepHeader, pid: Int, build: (project: String, number: Int)? = nil
    ) async throws -> [PostgresResult] {
        let timeout = StepHeader.milliseconds(header.lockTimeout ?? options.lockTimeout)
        watch.begin(pid: pid, patience: .milliseconds(timeout > 0 ? min(400, timeout / 2) : 400), build: build)
        do {
            guard let data = statement.copyData else {
                let results = try await connection.execute(statement.text)
                _ = watch.end()
                return results
            }
            _ = try await connection.copyIn(statement.text, chunks: data.bytes.chunks(of: 65536))
            _ = watch.end()
            return []
        } catch {
            throw StepStop(StepFailure(error, statement, expanded), blockers: watch.end())
        }
    }

    /// `kept`: what a promise that does not hold leaves behind.
    func verify(_ checks: [StepHeader.VerifyStatement], kept: String? = nil) async throws {
        for check in checks {
            let answer: String?
            do {
                let results = try await connection.execute(check.sql)
                let rows = results.first.map { $0.map { $0.text(0) } } ?? []
                answer = rows.count == 1 ? rows[0] ?? "NULL" : "\(rows.count) rows"
            } catch {
                throw StepStop(
                    StepFailure(
                        message: "verify: " + error.message, sqlState: error.sqlState, statement: check.sql, file: check.file,
                        line: check.line,
                        hint: error.hint))
            }
            guard answer == "t" else {
                var failure = StepFailure(
                    message: "verify returned \(answer == "f" ? "false" : answer ?? "nothing"): \(check.sql)", statement: check.sql,
                    file: check.file, line: check.line)
                failure.hint = kept ?? "the step did not do what it promises, and was rolled back"
                throw StepStop(failure, isVerify: true)
            }
        }
    }

    func commit(_ records: [String]) async throws {
        let script = [OwnSQL.path] + records + ["COMMIT"]
        let results = try await send(script.joined(separator: "; "))
        guard results.last?.commandTag == "COMMIT" else {
            throw StepStop(StepFailure(message: "COMMIT answered \(results.last?.commandTag ?? "nothing"): the step was not applied"))
        }
    }

    func send(_ script: String) async throws -> [PostgresResult] {
        do {
            return try await connection.execute(script)
        } catch {
            throw StepStop(StepFailure(error, nil, nil))
        }
    }

    func rollBack() async throws {
        // Without one, the server would warn.
        guard await connection.transactionStatus != .idle else { return }
        _ = try await connection.execute("ROLLBACK")
    }

    static func checkSame(_ row: HistoryRow, _ step: Step) throws {
        guard row.checksum != step.checksum else { return }
        throw MigrationError(
            .drift, "another runner has applied \(step.id) with a different text in the meantime", file: step.file, line: 1,
            hint: "two versions of these steps are being rolled out at once; domainflow migrate status shows what is applied")
    }
}

extension [UInt8] {
    fileprivate func chunks(of size: Int) -> some Sequence<[UInt8]> {
        stride(from: 0, to: count, by: size).lazy.map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
