// Replays the applied steps into a database of its own, and compares the catalogs: whatever was changed by hand since shows.

import PQClient

extension Migrator {
    /// What the steps made and the database has otherwise, or no more. Needs `options.observer` and the right to create databases; throws
    /// where that cannot be done. Steps run again in the scratch database, so what they do outside it, to roles for instance, they do again.
    public func drift() async throws -> Drift {
        guard let conninfo = options.observer else {
            throw MigrationError(.badInput, "no connection string for the scratch database is known", hint: "set MigratorOptions.observer")
        }
        let set = try load()
        let repeated = try await repeated(set)
        let applied = Set(try await (history() ?? []).filter(\.outcome.isApplied).map(\.number))
        let name = "domainflow_replay_\(connection.backendPID)"
        do {
            _ = try await connection.execute(Self.create(name, like: try await locale()))
        } catch let error as PostgresError {
            throw MigrationError(
                .database, "cannot create a database to replay the steps in: \(error.message)",
                hint: "definitions were not compared; the role needs CREATEDB", sqlState: error.sqlState)
        }
        let result: Result<Catalog, any Error>
        do {
            result = .success(try await replay(set, applied, repeated, Self.conninfo(conninfo, database: name)))
        } catch {
            result = .failure(error)
        }
        _ = try? await connection.execute("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
        let made = try result.get()
        let found = try await Catalog.read(connection)
        let additions = made.additions(in: found)
        let findings =
            made.difference(from: found).map { difference in
                let was = difference.found.map { "is not as the steps made it: \($0), made as \(difference.expected)" } ?? "is gone"
                return VerifyFinding(
                    kind: .drift, step: "",
                    problem: .init("\(difference.what) \(was)", hint: "if that is meant: write it down in a new step"))
            }
            + additions.made.map {
                VerifyFinding(
                    kind: .drift, step: "", problem: .init("\($0) was made by no step", hint: "drop it, or write it down in a new step"))
            }
        return Drift(findings: findings, elsewhere: additions.elsewhere)
    }

    private func replay(_ set: StepSet, _ applied: Set<Int>, _ repeated: [String: String], _ conninfo: String) async throws -> Catalog {
        let scratch: PostgresConnection
        do {
            scratch = try await PostgresConnection.connect(conninfo, applicationName: "domainflow migrate: replay")
        } catch {
            throw MigrationError(database: error)
        }
        defer { Task { await scratch.close() } }
        var migrator = Migrator(connection: scratch, source: source, project: project, options: options)
        migrator.options.observer = conninfo
        try await migrator.createTables()
        try await migrator.withRunner(progress: nil) { given in
            var runner = given
            runner.known.numbers = applied
            let repeatable = set.repeatable.filter { repeated[$0.id] == $0.checksum }
            for step in set.steps.filter({ applied.contains($0.number) }) + repeatable {
                do {
                    _ = try await runner.apply(step, release: nil)
                } catch var error as MigrationError {
                    error.problems[0].message = "the steps cannot be replayed: " + error.problems[0].message
                    error.problems[0].hint = "definitions were not compared"
                    throw error
                }
            }
        }
        return try await Catalog.read(scratch)
    }

    private func locale() async throws -> PostgresRow? {
        try await connection.own(
            "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = current_database()"
        ).first?.first
    }

    private static func create(_ name: String, like row: PostgresRow?) -> String {
        let settings = zip(["ENCODING", "LC_COLLATE", "LC_CTYPE"], (0..<3).map { row?.text($0) }).compactMap { setting in
            setting.1.map { "\(setting.0) \(Literal.text($0))" }
        }
        return "CREATE DATABASE \(name) TEMPLATE template0 " + settings.joined(separator: " ")
    }

    /// libpq takes the last value of a parameter.
    static func conninfo(_ conninfo: String, database: String) -> String {
        guard conninfo.hasPrefix("postgres://") || conninfo.hasPrefix("postgresql://") else { return conninfo + " dbname=\(database)" }
        return conninfo + (conninfo.contains("?") ? "&" : "?") + "dbname=\(database)"
    }
}
