import CLibPQ

extension PostgresConnection {
    /// BEGIN, the settings and the transaction's id, in one round trip.
    func begin(_ options: TransactionOptions) async throws(PostgresError) -> TransactionMark {
        let mark = try await beginMarked(options)
        if !options.settings.isEmpty { session.localSettings = options.settings.mapValues { ($0, true) } }
        return mark
    }

    private func beginMarked(_ options: TransactionOptions) async throws(PostgresError) -> TransactionMark {
        var mark = TransactionMark()
        let script = try options.beginScript()
        guard options.effectiveIDSource == .withBegin, !isOnStandby else {
            try await execute(script)
            return mark
        }
        do throws(PostgresError) {
            mark.id = try await transactionID("pg_catalog.pg_current_xact_id()", after: script + "; ")
        } catch {
            // A standby behind a pooler, which keeps the server's parameters to itself.
            guard error.sqlState == "25006", transactionStatus == .failed else { throw error }
            session.onStandby = true
            try await execute("ROLLBACK")
            try await execute(script)
        }
        return mark
    }

    /// A standby has no transaction ids to give, and nothing that could be lost.
    private var isOnStandby: Bool {
        session.onStandby || isOpen && PQparameterStatus(session.pg, "in_hot_standby").map { String(cString: $0) } == "on"
    }

    func markBeforeCommit(_ mark: TransactionMark) async throws(PostgresError) -> TransactionMark {
        // A failed transaction takes no more statements; COMMIT will report it.
        guard try await statusAtRest() == .inTransaction else { return mark }
        var mark = mark
        mark.id = try await transactionID("pg_catalog.pg_current_xact_id_if_assigned()", after: "")
        return mark
    }

    /// The first time on a connection it also learns which server this is.
    private func transactionID(_ expression: String, after script: String) async throws(PostgresError) -> UInt64? {
        var text = "\(script)SELECT \(expression)"
        if session.serverStarted == nil { text += ", EXTRACT(EPOCH FROM pg_catalog.pg_postmaster_start_time())" }
        let row = try await execute(text).last?.first
        if session.serverStarted == nil { session.serverStarted = row?.text(1) }
        return row?.text(0).flatMap { UInt64($0) }
    }

    /// Returns when it is committed, and throws `outcomeUnknown` when it cannot find that out.
    func commit(_ call: TransactionCall, _ mark: TransactionMark) async throws {
        if let expired = session.expired { throw expired }
        // Checked here because from COMMIT on there is no way back: it is shielded from cancellation.
        if Task.isCancelled { throw PostgresError(.cancelled, "the task was cancelled before COMMIT") }
        guard isOpen else {
            var error = session.statusBeforeLoss ?? PostgresError(.connection, "the connection is closed")
            error.detail = [error.detail, "before COMMIT was sent"].compactMap(\.self).joined(separator: "; ")
            throw error
        }
        let failure = session.failure
        let request = Request(.script("COMMIT"), shielded: true)
        session.committing = true
        await perform(request)
        session.committing = false
        if let error = request.error {
            guard error.leavesCommitOpen else { throw error }
            // Whatever state this connection is in, it will say nothing more about the COMMIT.
            session.close()
            try await resolve(call.options, mark, after: error)
            return
        }
        guard request.result?.commandTag != "ROLLBACK" else {
            var error = failure ?? PostgresError(.server, "COMMIT was answered with ROLLBACK", sqlState: "25P02")
            error.detail = [error.detail, "\(call.options.label) went on after this error, and COMMIT was answered with ROLLBACK"]
                .compactMap { $0 }.joined(separator: "; ")
            throw error
        }
    }

    /// Returns if the lost COMMIT took effect.
    private func resolve(_ options: TransactionOptions, _ mark: TransactionMark, after error: PostgresError) async throws(PostgresError) {
        let outcome: TransactionOutcome
        if let id = mark.id, options.resolveWithin > .zero, let origin = session.origin {
            let resolver = CommitResolver(id: id, began: mark.began, serverStarted: session.serverStarted, origin: origin)
            // Not part of the caller's task: its cancellation must not keep the answer from it.
            outcome = await Task.detached { await resolver.resolve(within: options.resolveWithin) }.value
        } else {
            outcome = .unknown("its transaction id is not known")
        }
        switch outcome {
        case .committed: return
        case .rolledBack:
            throw PostgresError(
                .connection, "the connection broke during COMMIT: \(options.label) was rolled back", sqlState: error.sqlState,
                detail: error.message, hint: "it may be retried")
        case .unknown(let reason):
            throw PostgresError(
                .outcomeUnknown, "the connection broke during COMMIT: \(options.label) may or may not be committed",
                sqlState: error.sqlState, detail: "\(error.message); \(reason)",
                hint: "check for its effects before retrying"
                    + (mark.id.map { ", or ask pg_xact_status('\($0)')" } ?? ""))
        }
    }
}

extension PostgresError {
    /// As the answer to COMMIT, it leaves open whether the transaction was committed. The server's last words can come after the commit
    /// itself, e.g. 57P01 while it waited for a synchronous standby; a refusal is an ERROR with another SQLSTATE.
    fileprivate var leavesCommitOpen: Bool {
        guard let sqlState = self.sqlState else { return true }
        return isLastWords || sqlState.hasPrefix("57P") || sqlState.hasPrefix("08")
    }
}

extension Session {
    /// The transaction's time limit has passed.
    func expire(_ error: PostgresError) {
        expired = error
        if committing {
            // COMMIT is not cancelled, because it may have taken effect already. A server that stays silent is given up. The timer is the
            // transaction's deadline, so that it ends with the transaction: the next one on the connection has a COMMIT too.
            deadline = schedule(after: grace) { session in
                if session.committing { session.lose(error) }
            }
        } else {
            cancelActive(reason: .timeout, message: error.message)
        }
    }
}
