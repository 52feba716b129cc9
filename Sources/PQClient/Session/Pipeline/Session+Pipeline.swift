import CLibPQ

extension Session {
    /// Sent in place of a statement that cannot be sent: the rest of its unit must not take effect without it.
    private static let poison = "SELECT 1/0 /* a statement of a pipeline that the client could not send */"
    /// Roughly what libpq gathers before it writes by itself.
    private static let batchBytes = 48 * 1024

    func startPipeline(_ run: PipelineRun, _ request: Request) throws(PostgresError) {
        guard PQenterPipelineMode(pg) == 1 else {
            throw PostgresError(.usage, connection: pg, otherwise: "pipeline mode was refused")
        }
        run.started = true
        feed(run, request)
    }

    /// Sends until everything is sent or the socket takes no more. The poll loop reads answers in between: a client that only writes, to a
    /// server that waits until its answers are read, would wait forever.
    func feed(_ run: PipelineRun, _ request: Request) {
        var bytes = 0
        while !queue.isClosed, !run.isFed {
            guard run.next < run.statements.count else {
                run.isFed = true
                if run.progress.isInsideUnit { endUnit(run) }
                break
            }
            if let reason = request.cancelReason, !run.progress.isInsideUnit {
                // Only between units: half a unit must not be committed.
                let error = PostgresError(reason, "the statement was cancelled before it was sent")
                while run.next < run.statements.count {
                    run.progress.settle(run.next, error)
                    run.next += 1
                }
                continue
            }
            let index = run.next
            let statement = run.statements[index]
            run.next += 1
            if run.progress.isUnitLost { run.progress.skip(index) } else { bytes += send(statement, index, run) }
            guard !queue.isClosed else { return }
            if statement.endsUnit { endUnit(run) }
            if bytes >= Self.batchBytes {
                bytes = 0
                guard flush() else { return }
            }
        }
        if !queue.isClosed { flush() }
    }

    private func endUnit(_ run: PipelineRun) {
        guard PQpipelineSync(pg) == 1 else {
            lose()
            return
        }
        run.progress.sent(.endUnit)
        run.units += 1
    }

    /// Returns roughly how many bytes it was.
    private func send(_ statement: PostgresPipeline.Statement, _ index: Int, _ run: PipelineRun) -> Int {
        do {
            try sendStep(statement, index, run)
        } catch {
            if PQstatus(pg) == CONNECTION_BAD {
                lose()
                return 0
            }
            run.progress.settle(index, error)
            guard PQsendQueryParams(pg, Self.poison, 0, nil, nil, nil, nil, 0) == 1 else {
                lose()
                return 0
            }
        }
        run.progress.sent(.execute(index))
        return 64 + statement.query.sql.utf8.count + parameters.byteCount
    }

    private func sendStep(
        _ statement: PostgresPipeline.Statement, _ index: Int, _ run: PipelineRun
    ) throws(PostgresError) {
        let query = statement.query
        guard let name = statement.name else { return try sendUnnamed(query) }
        if let statement = try statements.find(name, query) { return try sendNamed(query, statement.serverName) }
        if let pending = run.preparing[name] {
            guard pending.query.sql == query.sql else {
                throw PostgresError(.usage, "the statement name \(name) was used for two texts")
            }
            // Prepared in an earlier unit, and whether that succeeded is not known yet; or for other types.
            guard pending.unit == run.units, pending.query.hasTypes(of: query) else { return try sendUnnamed(query) }
        } else {
            try sendPrepare(query, name)
            run.progress.sent(.prepare(index))
            run.preparing[name] = (query, run.units)
        }
        try sendNamed(query, statements.nextServerName(name))
    }

    /// Takes the answers that have arrived, and finishes the request with the last one.
    func pumpPipeline(_ run: PipelineRun, _ request: Request) {
        while !queue.isClosed, PQisBusy(pg) == 0 {
            guard let result = PQgetResult(pg) else {
                if PQstatus(pg) == CONNECTION_BAD { return lose() }
                if run.progress.endAnswer() { continue }
                break
            }
            take(result, run, request)
        }
        guard !queue.isClosed, run.isFed, run.progress.current == nil else { return }
        guard PQexitPipelineMode(pg) == 1 else {
            return lose(PostgresError(.protocolViolation, connection: pg, otherwise: "the pipeline did not end"))
        }
        finish(request)
    }

    private func take(_ result: OpaquePointer, _ run: PipelineRun, _ request: Request) {
        let answer: PipelineProgress<PostgresResult>.Answer
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            if case .prepare(let index) = run.progress.current, let name = run.statements[index].name {
                statements.prepared(name, run.statements[index].query)
                run.preparing[name] = nil
            }
            note(result, of: request)
            answer = .value(PostgresResult(taking: result))
        case PGRES_PIPELINE_SYNC:
            PQclear(result)
            answer = .unitEnded
        case PGRES_PIPELINE_ABORTED:
            PQclear(result)
            answer = .skipped
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            PQclear(result)
            // libpq cannot leave this state.
            lose(PostgresError(.usage, "COPY is not possible in a pipeline; the connection had to be closed"))
            return
        default:
            var error = PostgresError(result: result)
            let planChanged = result.saysPlanChanged
            PQclear(result)
            switch run.progress.current {
            case .prepare(let index), .execute(let index):
                if let name = run.statements[index].name, statements.forget(name, after: error, planChanged: planChanged) {
                    error.isStale = true
                }
            default: break
            }
            if let reason = request.cancelReason, error.sqlState == "57014" { error.kind = reason }
            if error.isLastWords {
                // The server's last words: they are why the connection is lost.
                error.kind = .connection
                request.error = error
            }
            answer = .error(error)
        }
        if !run.progress.receive(answer) {
            lose(PostgresError(.protocolViolation, "the server's answers do not match the pipeline"))
        }
    }
}
