// Compares a database with its steps: checksums, verify statements, invalid indexes, unfinished steps. Changes nothing.

import PQClient

extension Migrator {
    /// Empty when the database matches the steps.
    public func verify() async throws -> [VerifyFinding] {
        let set = try load()
        var plan = try await plan(set, target: nil)
        try await explainEdits(&plan)
        var findings = (plan.sourceProblems + plan.edits + plan.historyProblems).map {
            VerifyFinding(kind: .checksum, step: $0.file ?? "", problem: $0)
        }
        for entry in plan.entries {
            switch entry.state {
            case .missing:
                findings.append(
                    VerifyFinding(
                        kind: .missing, step: entry.id,
                        problem: .init("\(entry.id) is applied here, but the current steps do not contain it")))
            case .running, .failed, .reverting, .unknown:
                findings.append(
                    VerifyFinding(
                        kind: .unfinished, step: entry.id,
                        problem: .init(
                            "\(entry.id) is \(entry.state.rawValue), not finished", hint: "run domainflow migrate repair, then up")))
            case .pending:
                findings.append(
                    VerifyFinding(
                        kind: .pending, step: entry.id, problem: .init("\(entry.id) is not applied", hint: "domainflow migrate up")))
            case .applied, .baseline, .edited:
                guard let step = entry.step else { continue }
                findings += try await check(step)
            }
        }
        return findings
    }

    private func check(_ step: Step) async throws -> [VerifyFinding] {
        var findings: [VerifyFinding] = []
        for check in step.header.verify {
            var problem = MigrationError.Problem("verify does not hold: \(check.sql)", file: check.file, line: check.line)
            do {
                try check.refuseOpenPlaceholders()
            } catch {
                findings.append(VerifyFinding(kind: .verify, step: step.id, problem: error.problems[0]))
                continue
            }
            do {
                let rows = try await connection.execute(check.sql).first.map { $0.map { $0.text(0) } } ?? []
                if rows == ["t"] { continue }
            } catch {
                problem.message = "verify: " + error.message
                problem.sqlState = error.sqlState
            }
            findings.append(VerifyFinding(kind: .verify, step: step.id, problem: problem))
        }
        guard !step.header.transactional else { return findings }
        let statements: [SQLStatement]
        do {
            statements = try step.statements()
        } catch {
            return findings + [VerifyFinding(kind: .index, step: step.id, problem: error.problems[0])]
        }
        guard let index = statements.first.flatMap(IndexBuild.init), let found = try await IndexState.find(index, with: connection),
            !found.isValid
        else { return findings }
        findings.append(
            VerifyFinding(
                kind: .index, step: step.id,
                problem: .init(
                    "index \(found.name) is invalid", file: step.file, line: 1, hint: "REINDEX INDEX CONCURRENTLY \(found.name);")))
        return findings
    }
}
