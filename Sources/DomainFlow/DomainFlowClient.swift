import Foundation
import PQClient

/// Typed calls of DomainFlow's stored functions.
///
/// On a pool, each call borrows a connection and runs in a transaction of its own.
/// ``transaction(_:campaignID:correlationID:fileID:line:_:)`` gives its body one connection, and runs all calls of the body in one
/// transaction. Calls throw ``DomainFlowError``.
///
/// Under a ``Correlation``, a single call also sends BEGIN and COMMIT, because the id is set for one transaction only.
public struct DomainFlowClient: Sendable {
    private enum Source: Sendable {
        case pool(PostgresPool)
        case connection(PostgresConnection)
        case answers(@Sendable (PostgresQuery) async throws -> PostgresResult)
    }
    private let source: Source
    private let recorder: TransactionRecorder?
    private let tagging: CorrelationTagging?
    private let decisionLog: PostgresPool?

    private init(_ source: Source, _ recorder: TransactionRecorder?, _ tagging: CorrelationTagging?, _ decisionLog: PostgresPool?) {
        self.source = source
        self.recorder = recorder
        self.tagging = tagging
        self.decisionLog = decisionLog
    }

    /// - Parameters:
    ///   - recorder: counts every transaction that has a name.
    ///   - tagging: also shows the correlation id in `pg_stat_activity` and the server's log.
    ///   - decisionLog: lends the second connection over which durable checks log a denial. Default: `pool`. A pool of its own is never
    ///     used up by the transactions that wait for it.
    public init(
        _ pool: PostgresPool, recorder: TransactionRecorder? = nil, tagging: CorrelationTagging? = nil, decisionLog: PostgresPool? = nil
    ) {
        self.init(.pool(pool), recorder, tagging, decisionLog ?? pool)
    }

    /// - Parameter decisionLog: without it, a durable check in a transaction is refused.
    public init(
        _ connection: PostgresConnection, recorder: TransactionRecorder? = nil, tagging: CorrelationTagging? = nil,
        decisionLog: PostgresPool? = nil
    ) {
        self.init(.connection(connection), recorder, tagging, decisionLog)
    }

    /// Asks `answer` instead of a server, so that tests can compare every typed call with the catalog.
    package init(answeringWith answer: @escaping @Sendable (PostgresQuery) async throws -> PostgresResult) {
        self.init(.answers(answer), nil, nil, nil)
    }

    private static let noConnection = PostgresError(.usage, "this call needs a connection")

    /// Runs `body` in a transaction and retries it as a whole after a serialization failure or a deadlock. `body` also gets the connection,
    /// for statements of your own in the same transaction:
    /// ```swift
    /// try await database.transaction { database, connection in
    ///     try await connection.query("INSERT INTO payment VALUES (\(id))")
    ///     try await database.enqueue(…)
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - campaignID: is written into the metric of the transaction.
    ///   - correlationID: is written into the rows of this transaction that have a correlation id. Default: ``Correlation/id``.
    ///   - fileID: with `line`, the place that the pool reports if the connection is held for long.
    public func transaction<T: Sendable>(
        _ options: TransactionOptions = .init(), campaignID: UUID? = nil, correlationID: String? = nil, fileID: String = #fileID,
        line: Int = #line, _ body: @Sendable (DomainFlowClient, PostgresConnection) async throws -> T
    ) async throws -> T {
        try await correlated(correlationID) { id in
            let options = complete(options, campaignID, id)
            let run: @Sendable (PostgresConnection) async throws -> T = { try await body(on($0), $0) }
            return switch source {
            case .pool(let pool): try await pool.transaction(options, fileID: fileID, line: line, run)
            case .connection(let connection): try await connection.transaction(options, run)
            case .answers: throw Self.noConnection
            }
        }
    }

    /// The same with a `body` that needs no connection.
    public func transaction<T: Sendable>(
        _ options: TransactionOptions = .init(), campaignID: UUID? = nil, correlationID: String? = nil, fileID: String = #fileID,
        line: Int = #line, _ body: @Sendable (DomainFlowClient) async throws -> T
    ) async throws -> T {
        try await transaction(options, campaignID: campaignID, correlationID: correlationID, fileID: fileID, line: line) { client, _ in
            try await body(client)
        }
    }

    /// Runs a transaction of named steps; see `PostgresConnection.batch`. In a step, use ``on(_:)`` with its connection.
    public func batch<T: Sendable>(
        _ options: TransactionOptions = .init(), campaignID: UUID? = nil, correlationID: String? = nil, fileID: String = #fileID,
        line: Int = #line, _ body: @Sendable (TransactionBatch) async throws -> T
    ) async throws -> BatchResult<T> {
        try await correlated(correlationID) { id in
            let options = complete(options, campaignID, id)
            return switch source {
            case .pool(let pool): try await pool.batch(options, fileID: fileID, line: line, body)
            case .connection(let connection): try await connection.batch(options, body)
            case .answers: throw Self.noConnection
            }
        }
    }

    /// A client for another connection, as in the steps of ``batch(_:campaignID:correlationID:fileID:line:_:)`` or in a transaction that
    /// was begun without this client. Its calls are part of the transaction that the connection is in, and give it the correlation id.
    public func on(_ connection: PostgresConnection) -> DomainFlowClient {
        DomainFlowClient(.connection(connection), recorder, tagging, decisionLog)
    }

    private func complete(_ options: TransactionOptions, _ campaignID: UUID?, _ correlationID: String?) -> TransactionOptions {
        var options = options
        if let correlationID { options.settings.merge(settings(for: correlationID)) { $1 } }
        if options.observer == nil, options.name != nil, let recorder {
            // Without a campaign, the recorder itself, which saves a box for each transaction.
            options.observer = campaignID.map { TransactionRecorder.CampaignObserver(recorder: recorder, campaignID: $0) } ?? recorder
        }
        return options
    }

    /// The run-time parameters of a transaction with that id.
    private func settings(for correlationID: String) -> [String: String] {
        var settings = ["domainflow.correlation_id": correlationID]
        if case .applicationName(let prefix)? = tagging?.place, tagging?.includes(correlationID) == true {
            settings["application_name"] = "\(prefix) \(correlationID)"
        }
        return settings
    }

    /// Runs `body` under the given id, or under that of the task, and turns PostgreSQL's errors into DomainFlowError. A BatchError passes
    /// through, because it describes steps and compensations.
    private func correlated<T>(_ given: String?, _ body: (String?) async throws -> T) async throws -> T {
        let id = Correlation.clean(given) ?? Correlation.id
        return try await Correlation.$id.withValue(id) {
            do {
                return try await body(id)
            } catch let error as PostgresError {
                throw DomainFlowError(error)
            }
        }
    }

    func query(_ query: PostgresQuery) async throws -> PostgresResult {
        let id = Correlation.id
        var query = query
        if let id, tagging?.place == .comment, tagging?.includes(id) == true { query.sql += " " + CorrelationTagging.comment(id) }
        switch source {
        case .answers(let answer): return try await answer(query)
        case .connection(let connection):
            let alone = try await isAlone(connection)
            guard id != nil, alone else {
                // The transaction may be somebody else's, or a rollback to a savepoint may have undone what it was given.
                if let id { try await mapped { for (name, value) in settings(for: id) { try await connection.setLocal(name, to: value) } } }
                return try await single(query, on: connection, mayBeDone: alone)
            }
        case .pool(let pool):
            guard id != nil else {
                // A call that fails before it has a connection was not executed.
                return try await mapped { try await pool.withConnection { try await single(query, on: $0, mayBeDone: true) } }
            }
        }
        return try await transaction { [query] in try await $0.query(query) }
    }

    /// Whether a call would be a transaction of its own. Takes no round trip where there is a transaction, as there mostly is.
    private func isAlone(_ connection: PostgresConnection) async throws -> Bool {
        try await mapped { connection.isAtRest ? true : try await connection.statusAtRest() == .idle }
    }

    /// The pool whose connections the caller's rollback does not reach; nil where a call is a transaction of its own.
    func poolBesideTransaction() async throws -> PostgresPool? {
        guard case .connection(let connection) = source, try await !isAlone(connection) else { return nil }
        guard let decisionLog else {
            throw DomainFlowError(
                PostgresError(
                    .usage, "a durable check in a transaction needs a second connection, and this client has no pool",
                    hint: "give it one: DomainFlowClient(connection, decisionLog: pool)"))
        }
        return decisionLog
    }

    private func single(_ query: PostgresQuery, on connection: PostgresConnection, mayBeDone: Bool) async throws -> PostgresResult {
        do throws(PostgresError) {
            return try await connection.query(query)
        } catch {
            throw DomainFlowError(error, mayBeDone: mayBeDone)
        }
    }

    private func mapped<T>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch let error as PostgresError {
            throw DomainFlowError(error)
        }
    }

    /// The single value of a single row.
    func value<T: PostgresDecodable>(_ query: PostgresQuery, as type: T.Type = T.self) async throws -> T {
        try await row(query) { row throws(PostgresError) in try row.get(0, as: type) }
    }

    func rows<T>(_ query: PostgresQuery, _ read: (PostgresRow) throws -> T) async throws -> [T] {
        let result = try await self.query(query)
        return try await mapped { try result.map(read) }
    }

    func row<T>(_ query: PostgresQuery, _ read: (PostgresRow) throws -> T) async throws -> T {
        let result = try await self.query(query)
        return try await mapped { try read(result.single()) }
    }
}

/// The name up to 0.3, which is also the name of the module. It will be removed in the next release.
@available(*, deprecated, renamed: "DomainFlowClient")
public typealias DomainFlow = DomainFlowClient
