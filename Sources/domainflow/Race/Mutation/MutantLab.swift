import Foundation
import PQClient
import RaceLab

/// The databases in which generated mutants are judged, and the test files as they run there before anything is mutated.
struct MutantLab {
    private let made: ScratchDatabases
    let template: String
    /// Copies of the template.
    let copies: ScratchDatabases
    let functions: [MutatedFunction]
    /// Whether plpgsql_check can be asked.
    let checksNames: Bool

    /// - Parameters:
    ///   - server: a connection string of a superuser.
    ///   - setup: paths of SQL files.
    static func make(server: String, schema: String, setup: [String], needsPgTAP: Bool) async throws -> MutantLab {
        let made = ScratchDatabases(server: server)
        let database = try await made.create()
        let connection = try await PostgresConnection.connect(database.conninfo, applicationName: "domainflow race")
        do {
            let lab = try await prepare(made, database.name, connection, server, schema, setup, needsPgTAP)
            await connection.close()
            return lab
        } catch {
            await connection.close()
            try? await made.dropAll()
            throw error
        }
    }

    private static func prepare(
        _ made: ScratchDatabases, _ name: String, _ connection: PostgresConnection, _ server: String, _ schema: String, _ setup: [String],
        _ needsPgTAP: Bool
    ) async throws -> MutantLab {
        for path in setup {
            guard let data = FileManager.default.contents(atPath: path) else { throw CommandFailure(.badInput, "cannot read \(path)") }
            do throws(PostgresError) {
                try await connection.execute(Self.withoutRestrictions(String(decoding: data, as: UTF8.self)))
                // pg_dump empties it.
                try await connection.execute("RESET search_path")
            } catch {
                guard error.kind == .server else { throw error }
                throw CommandFailure(.badInput, "\(path) failed: \(error)")
            }
        }
        // Before pgTAP is there.
        let functions = try await MutatedFunction.all(in: schema, on: connection)
        if needsPgTAP {
            do throws(PostgresError) { try await connection.execute("CREATE EXTENSION IF NOT EXISTS pgtap") } catch {
                guard error.kind == .server else { throw error }
                // feature_not_supported, and undefined_file before PostgreSQL 15
                let isMissing = error.sqlState == "0A000" || error.sqlState == "58P01"
                throw CommandFailure(
                    .badInput, "the tests need pgTAP, and CREATE EXTENSION failed: \(error.message)",
                    hint: isMissing
                        ? "Install it on the server, or name another folder of tests with --tests; --list tries no mutant." : error.hint)
            }
        }
        // In a schema of its own, where no test looks.
        let checks = await Result.async {
            try await connection.execute(
                "CREATE SCHEMA domainflow_mutate; CREATE EXTENSION plpgsql_check WITH SCHEMA domainflow_mutate")
        }
        let checksNames = if case .success = checks { true } else { false }
        if !checksNames { Output.note("without plpgsql_check, a mutant with a name that does not exist counts as killed, not as invalid") }
        return MutantLab(
            made: made, template: name, copies: ScratchDatabases(server: server, template: name), functions: functions,
            checksNames: checksNames)
    }

    /// A script without psql's `\\restrict` and `\\unrestrict`, which pg_dump writes; the other lines keep their numbers.
    private static func withoutRestrictions(_ script: String) -> String { script.replacing(/(?m)^\\(un)?restrict .*$/, with: "") }

    func drop() async throws {
        try await copies.dropAll()
        try await made.dropAll()
    }

    /// Runs the files with the functions unchanged but for a comment, and notes how long they take and what fails: a test that compares
    /// texts notices every mutant, and says nothing about it.
    func measured(_ files: [TestFile], stop: StopFlag) async throws -> [TestFile] {
        let database = try await MutantDatabase.make(copies, checksNames: false)
        for function in functions where !stop.isSet {
            if let text = MutantGenerator.harmless(function.definition) { try await database.execute(text) }
        }
        var measured: [TestFile] = []
        let line = ProgressLine { [files] _ in "\(files.count) test files with unchanged functions" }
        defer { line.end() }
        for file in files where !stop.isSet {
            var file = file
            file.seconds = 60
            var outcome: TestRun.Outcome
            (outcome, file.called) = try await database.measure(file, stop: stop)
            // A machine that stalls fails tests too.
            if !outcome.failures.isEmpty, !stop.isSet { outcome = try await database.run(file, isBaseline: true, stop: stop) }
            file.failures = Set(outcome.failures)
            file.seconds = outcome.seconds
            measured.append(file)
            guard let failure = outcome.failures.first, !outcome.interrupted, !stop.isSet else { continue }
            let plain = try await MutantDatabase.make(copies, checksNames: false)
            let again = try await plain.run(file, isBaseline: true, stop: stop)
            try await plain.drop()
            if let failure = again.failures.first {
                throw CommandFailure(.badInput, "\(file.path) fails with the functions as they are: \(failure)")
            }
            Output.note("\(file.path) compares the text of functions: of it \(outcome.failures.count) failures do not count: \(failure)")
        }
        try await database.drop()
        return measured
    }
}
