/// Asks the server, over connections of its own, what became of a transaction.
///
/// "committed" is believed only from the same running server: an id whose records had not reached the disk when a server crashed, or a
/// standby when it was promoted, is assigned again, and its status is then that of another transaction. "aborted" holds in any case: if
/// ours had been committed, its id would not have been assigned again.
struct CommitResolver: Sendable {
    var id: UInt64
    /// Before the transaction began.
    var began: ContinuousClock.Instant
    /// When the transaction's server was started, as the server writes it.
    var serverStarted: String?
    var origin: ConnectOrigin

    /// A backend that still waits for its client this long after the connection broke did not get the COMMIT, and is terminated.
    static let patience: Duration = .seconds(1)
    /// Time limit of one question: its connection may have fallen silent too.
    static let oneAnswer: Duration = .seconds(5)

    private enum Answer {
        case outcome(TransactionOutcome)
        case askAgain(String)
    }

    func resolve(within limit: Duration) async -> TransactionOutcome {
        let deadline = ContinuousClock.now + limit
        let start = ContinuousClock.now
        var reason = "there was no time to ask"
        var pause = Duration.milliseconds(10)
        while ContinuousClock.now < deadline {
            let last = reason
            let ending = start.duration(to: .now) > Self.patience
            let answer = await Self.limited(to: min(Self.oneAnswer, ContinuousClock.now.duration(to: deadline))) {
                await ask(ending: ending)
            }
            switch answer ?? .askAgain(last) {
            case .outcome(let outcome): return outcome
            case .askAgain(let why): reason = why
            }
            try? await Task.sleep(for: min(pause, .milliseconds(500)))
            pause = pause * 2
        }
        return .unknown(reason)
    }

    private func ask(ending: Bool) async -> Answer {
        do throws(PostgresError) {
            let connection = try await PostgresConnection.connect(origin)
            let answer = try await ask(connection, ending: ending)
            await connection.close()
            return answer
        } catch {
            // invalid_parameter_value: an id that this server has not given out yet
            return .askAgain(error.sqlState == "22023" ? "the server does not know its id \(id)" : error.message)
        }
    }

    private func ask(_ connection: PostgresConnection, ending: Bool) async throws(PostgresError) -> Answer {
        let age = Double(began.duration(to: .now) / .seconds(1))
        let row = try await connection.query(
            """
            SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN 'standby' ELSE pg_catalog.pg_xact_status(\(String(id))::text::xid8) END,
                   EXTRACT(EPOCH FROM pg_catalog.pg_postmaster_start_time())::text,
                   COALESCE((SELECT b.stats_reset > pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => \(age)::double precision)
                               FROM pg_catalog.pg_stat_bgwriter AS b), true)
            """
        ).single()
        let (status, started, recovered) = try row.decode((String?, String, Bool).self)
        let sameServer = started == serverStarted && !recovered
        switch status {
        case "committed"?:
            guard sameServer else {
                return .outcome(.unknown("the server was restarted or replaced by another, so id \(id) may belong to another transaction"))
            }
            return .outcome(.committed)
        case "aborted"?: return .outcome(.rolledBack)
        case "in progress"?:
            if ending, sameServer { try await endOrphan(connection) }
            return .askAgain("it was still in progress when the time limit passed")
        case "standby"?: return .askAgain("only a standby could be asked")
        default: return .outcome(.unknown("the server no longer keeps the status of id \(id)"))
        }
    }

    /// Terminates the backend if it waits for its client. It is found by the transaction's id, which works behind a pooler too.
    private func endOrphan(_ connection: PostgresConnection) async throws(PostgresError) {
        try await connection.query(
            """
            SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity AS a
             WHERE a.backend_xid = \(String(id & 0xffff_ffff))::text::xid AND a.state LIKE 'idle in transaction%'
            """)
    }

    /// nil if there was no answer in time.
    private static func limited<T: Sendable>(to time: Duration, _ body: @escaping @Sendable () async -> T) async -> T? {
        await withTaskGroup(of: T?.self) { group in
            group.addTask { await body() }
            group.addTask {
                try? await Task.sleep(for: time)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }
}
