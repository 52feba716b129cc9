/// Why a lease lasts longer than the pool's `leakThreshold`.
///
/// The pool asks the server, over a connection of its own beside the pool, what the lease's backend does: a backend that is working means a
/// slow statement; one that waits for its client means a leak, whatever the program believes.
public struct LeaseReport: Sendable, Hashable, CustomStringConvertible {
    public enum Verdict: Sendable, Hashable {
        /// The backend waits for the client, which holds the connection without using it. In a transaction it also holds its locks.
        case leak(idleFor: Duration, inTransaction: Bool)
        /// The backend works on a statement.
        case slowQuery(runningFor: Duration, query: String)
        /// The server could not be asked, or did not say.
        case unknown(reason: String)
        /// It was returned after it had been reported.
        case returnedAfterAll

        enum Kind { case leak, slowQuery, unknown, returnedAfterAll }

        var kind: Kind {
            switch self {
            case .leak: .leak
            case .slowQuery: .slowQuery
            case .unknown: .unknown
            case .returnedAfterAll: .returnedAfterAll
            }
        }
    }

    public var pool: String
    public var callSite: PostgresCallSite
    /// When the report was made.
    public var heldFor: Duration
    /// As libpq knows it.
    public var backendPID: Int32
    public var verdict: Verdict

    public var description: String {
        let lease = "the lease of pool \(pool) taken at \(callSite) (backend \(backendPID))"
        return switch verdict {
        case .leak(let idle, let inTransaction):
            "\(lease) has lasted \(heldFor.rounded), and its backend has been idle\(inTransaction ? " in a transaction" : "") for \(idle.rounded): a leak"
        case .slowQuery(let running, let query):
            "\(lease) has lasted \(heldFor.rounded) because a statement runs, for \(running.rounded) so far: \(query)"
        case .unknown(let reason): "\(lease) has lasted \(heldFor.rounded), and what its backend does is not known: \(reason)"
        case .returnedAfterAll: "\(lease) was returned after all, after \(heldFor.rounded)"
        }
    }
}

extension LeaseReport.Verdict {
    /// What the server says about `backendPID`. Does not throw: `unknown` is a verdict, too.
    static func ask(_ connection: PostgresConnection, about backendPID: Int32) async -> LeaseReport.Verdict {
        do throws(PostgresError) {
            let result = try await connection.query(
                """
                SELECT pg_catalog.pg_backend_pid(), a.state, pg_catalog.left(a.query, 200),
                       extract(epoch FROM pg_catalog.clock_timestamp() - a.query_start)::float8,
                       extract(epoch FROM pg_catalog.clock_timestamp() - a.state_change)::float8
                  FROM (VALUES (1)) AS one (row) LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = \(backendPID)::int
                """)
            let row = try result.single()
            // A pooler hands out numbers of its own, which may even be those of another backend.
            guard try row.get(0, as: Int32.self) == connection.backendPID else { return .unknown(reason: "there is a pooler in between") }
            let running = Duration.seconds(try row.get(3, as: Double?.self) ?? 0)
            let idle = Duration.seconds(try row.get(4, as: Double?.self) ?? 0)
            switch try row.get(1, as: String?.self) {
            case "active", "fastpath function call":
                return .slowQuery(runningFor: running, query: try row.get(2, as: String?.self) ?? "")
            case "idle": return .leak(idleFor: idle, inTransaction: false)
            case "idle in transaction", "idle in transaction (aborted)": return .leak(idleFor: idle, inTransaction: true)
            case let state?: return .unknown(reason: "its state is \(state)")
            case nil: return .unknown(reason: "pg_stat_activity does not show it to this role")
            }
        } catch {
            return .unknown(reason: "the server could not be asked: \(error.message)")
        }
    }
}
