// What follows an attempt that did not succeed: a retry, an error, or a stop requested by the user.

import PQClient

extension StepFailure {
    init(_ error: PostgresError, _ statement: SQLStatement?, _ expanded: ExpandedText?) {
        self.init(message: error.message, sqlState: error.sqlState)
        hint = [error.detail, error.hint, error.context].compactMap { $0 }.joined(separator: "\n")
        if hint?.isEmpty == true { hint = nil }
        isRefusal = [.server, .cancelled, .timeout].contains(error.kind) && error.sqlState != nil
        if error.kind != .server {
            hint =
                "the connection was lost, and the transaction with it, unless COMMIT was already under way; domainflow migrate status shows which"
        }
        guard let statement, let expanded else { return }
        self.statement = String(statement.text.prefix(2000))
        file = statement.origin.file
        line = statement.origin.line
        if let data = statement.copyData, let row = error.context?.firstMatch(of: #/COPY .*, line (\d+)/#).flatMap({ Int($0.1) }) {
            let place = expanded.origin(of: data.line + row - 1)
            (file, line) = (place.file, place.line)
        } else if let position = error.position {
            let place = statement.place(ofCharacter: position, in: expanded)
            (file, line, column) = (place.origin.file, place.origin.line, place.column)
        }
    }

    var problem: MigrationError.Problem {
        .init("ERROR: " + message, file: file, line: line, column: column, hint: hint, sqlState: sqlState)
    }
}

extension StepRunner {
    private static let worthRetrying: Set<String?> = ["55P03", "40P01", "40001"]

    func ended(_ stop: StepStop, number: Int, id: String, attempt: Int) async throws -> Attempt {
        let failure = stop.failure
        if options.isInterrupted() {
            await record("interrupted", number, attempt: attempt, failure)
            throw Self.interrupted(id)
        }
        if Self.worthRetrying.contains(failure.sqlState) { return .retry(failure, stop.blockers) }
        await record("failed", number, attempt: attempt, failure)
        var problem = failure.problem
        if stop.isVerify { problem.message = failure.message }
        if number != Step.repeatableNumber, ["42P07", "42P06", "42723"].contains(failure.sqlState) {
            problem.hint = [
                problem.hint, "if the step's objects were installed another way: domainflow migrate baseline --target \(number)",
            ]
            .compactMap { $0 }.joined(separator: "\n")
        }
        throw MigrationError(stop.isVerify ? .drift : .database, [problem])
    }

    /// Best effort: an event that cannot be written must not hide the failure that it describes.
    func record(_ what: String, _ number: Int, attempt: Int?, _ failure: StepFailure?, note: String? = nil) async {
        var failure = failure
        if let note { failure?.message += "; blocked by " + note }
        _ = try? await connection.own(
            HistoryTables.event(project: project, step: number, what: what, attempt: attempt, failure: failure))
    }

    func checkInterrupt(_ id: String) throws {
        if options.isInterrupted() { throw Self.interrupted(id) }
    }

    /// Sleeps in short intervals, so that an interrupt takes effect promptly.
    func pause(milliseconds: Int, _ id: String) async throws {
        var left = milliseconds
        while left > 0 {
            try checkInterrupt(id)
            try await Task.sleep(for: .milliseconds(min(left, 100)))
            left -= 100
        }
    }

    static func interrupted(_ id: String) -> MigrationError {
        MigrationError(.interrupted, "stopped at \(id)")
    }

    static func gaveUp(_ failure: StepFailure, _ blockers: [Blocker], attempts: Int) -> MigrationError {
        var problem = failure.problem
        problem.message = "gave up after \(attempts) attempts: \(failure.message)"
        let who = blockers.map { "blocked by " + $0.description }
        let wayOut =
            blockers.isEmpty
            ? "run it when the table is quieter, or give the step a longer --! lock-timeout"
            : "terminate that session (SELECT pg_terminate_backend(\(blockers[0].pid))), or run it when the table is quieter"
        problem.hint = (who + [wayOut]).joined(separator: "\n")
        return MigrationError(.lock, [problem])
    }

    static func neverFree(_ holder: Blocker?, patience: Duration) -> MigrationError {
        MigrationError(
            .lock, "another runner has been at work for \(patience.components.seconds) s" + (holder.map { ": \($0)" } ?? ""),
            hint: "wait until it has finished; domainflow migrate status shows how far it has got")
    }
}

extension Duration {
    var milliseconds: Double {
        Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15
    }
}
