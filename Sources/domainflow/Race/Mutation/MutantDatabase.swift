import PQClient
import RaceLab

/// A database in which one mutant at a time stands in place of its function.
actor MutantDatabase {
    private let databases: ScratchDatabases
    private var name: String
    private var conninfo: String
    private var connection: PostgresConnection
    /// Whether plpgsql_check finds the names that PostgreSQL looks up at the first call only.
    private let checksNames: Bool
    private var mutated: (function: MutatedFunction, definition: String)?
    private var remembers = false

    private init(_ databases: ScratchDatabases, _ made: (name: String, conninfo: String), checksNames: Bool) async throws {
        (self.databases, self.checksNames) = (databases, checksNames)
        (name, conninfo) = made
        connection = try await PostgresConnection.connect(conninfo, applicationName: "domainflow race")
    }

    static func make(_ databases: ScratchDatabases, checksNames: Bool) async throws -> MutantDatabase {
        try await MutantDatabase(databases, try await databases.create(), checksNames: checksNames)
    }

    func drop() async throws {
        await connection.close()
        try await databases.drop(name)
    }

    /// Why it is no function, so that no failure of it says anything about a test; nil if it is one.
    func install(_ definition: String, of function: MutatedFunction) async throws -> String? {
        let known = try await problems(of: function)
        mutated = (function, definition)
        remembers = false
        do throws(PostgresError) {
            try await connection.execute(definition)
        } catch {
            guard error.kind == .server else { throw error }
            mutated = nil
            return error.message
        }
        return try await problems(of: function).first { !known.contains($0) }
    }

    func restore() async throws {
        guard let function = mutated?.function else { return }
        mutated = nil
        try await connection.execute(function.definition)
    }

    func execute(_ script: String) async throws { try await connection.execute(script) }

    private func problems(of function: MutatedFunction) async throws -> [String] {
        guard checksNames, function.isProcedural, !function.isTrigger else { return [] }
        let found = try await connection.query(
            """
            SELECT f.message
              FROM domainflow_mutate.plpgsql_check_function_tb(\(function.oid)::regprocedure, fatal_errors => false, other_warnings => false,
                       performance_warnings => false, extra_warnings => false) AS f
             WHERE f.level = 'error' AND f.sqlstate LIKE '42%'
            """)
        return found.compactMap { $0.text(0) }
    }

    /// - Parameter isBaseline: goes on after a failure, and has the server count the calls of functions.
    func run(_ file: TestFile, isBaseline: Bool = false, stop: StopFlag) async throws -> TestRun.Outcome {
        // These compare functions with the text that the installation wrote down; the mutant is to be what was installed.
        if file.words.contains("catalog_drift"), !remembers {
            _ = try? await connection.execute("SELECT domainflow._remember_catalog()")
            remembers = true
        }
        let run = TestRun(file: file, conninfo: conninfo, isBaseline: isBaseline)
        let outcome = try await onOwnThread { try run.run { stop.isSet } }
        // After a stop the database is only dropped.
        if !outcome.failures.isEmpty, !stop.isSet { try await clear(after: file) }
        return outcome
    }

    /// Runs the file and finds out which functions it calls.
    func measure(_ file: TestFile, stop: StopFlag) async throws -> (outcome: TestRun.Outcome, called: Set<String>) {
        try await connection.execute("SELECT pg_stat_reset()")
        let outcome = try await run(file, isBaseline: true, stop: stop)
        if stop.isSet { return (outcome, []) }
        // Before PostgreSQL 15 a process of its own collects the counts, and lets readers wait for half a second.
        if connection.serverVersion < 150_000 { try await Task.sleep(for: .seconds(1)) }
        let called = try await connection.query("SELECT funcid::text FROM pg_stat_user_functions")
        return (outcome, Set(called.compactMap { $0.text(0) }))
    }

    /// Ends what the run left, in a new database if it may have committed something.
    private func clear(after file: TestFile) async throws {
        try await connection.query(
            """
            SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
            """)
        guard !file.rollsBack else { return }
        await connection.close()
        try await databases.drop(name)
        (name, conninfo) = try await databases.create()
        connection = try await PostgresConnection.connect(conninfo, applicationName: "domainflow race")
        remembers = false
        if let mutated { try await connection.execute(mutated.definition) }
    }
}
