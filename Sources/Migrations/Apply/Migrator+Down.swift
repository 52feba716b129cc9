// Reverts steps with their down files, the last one first.

import PQClient

extension Migrator {
    /// Reverts all applied steps numbered above `target`. Throws before it reverts any of them if one cannot be reverted, or if these are
    /// not the steps of `asked`: the ids that the user was asked about, in order.
    @discardableResult
    public func down(target: Int, asked: [String]? = nil, progress: Progress? = nil) async throws -> [String] {
        let set = try load()
        // Refuses before it waits for anybody.
        let rows = try await rows(above: target)
        guard !(try reversals(set, rows)).isEmpty else { return [] }
        try await upgradeTables()
        return try await withRunner(progress: progress) { runner in
            let rows = try await self.rows(above: target)
            try Self.refuse(rows, unlike: asked)
            return try await revert(try reversals(set, rows), with: runner, progress)
        }
    }

    /// The steps that `down` would revert, in order, so that the user can confirm. Throws what would prevent it.
    public func revertible(above target: Int) async throws -> [String] {
        let rows = try await rows(above: target)
        let items = try reversals(try load(), rows)
        if items.contains(where: { !$0.down.header.transactional }), try await isThroughPooler() { throw Self.noPooler(items) }
        for item in items where item.row.outcome == .reverting && !item.row.ownerIsAlive {
            guard let statement = item.statements.first, try await inspect(item.row, statement, item.down.header.verify) == .unknown else {
                continue
            }
            throw MigrationError(.drift, [try await unknown(item.row, item.step)])
        }
        return rows.map(\.id)
    }

    private static func noPooler(_ items: [Reversal]) -> MigrationError {
        let item = items.first { !$0.down.header.transactional }
        return MigrationError(
            .badInput, "\(item?.row.id ?? "") is reverted outside a transaction, and a pooler stands between here and the server",
            file: item?.down.file, line: 1, hint: "connect to PostgreSQL directly, e.g. --database-url with its own port")
    }

    func rows(above target: Int) async throws -> [HistoryRow] {
        try await (history() ?? []).filter { $0.number > target }.sorted { $0.rank > $1.rank }
    }

    static func refuse(_ rows: [HistoryRow], unlike asked: [String]?) throws {
        guard let asked, rows.map(\.id) != asked else { return }
        let came = rows.map(\.id).filter { !asked.contains($0) }
        throw MigrationError(
            .drift,
            came.isEmpty
                ? "another runner has reverted steps in the meantime"
                : "another runner has applied \(came.joined(separator: ", ")) in the meantime",
            hint: "nothing was reverted; run the same command again, and look what it asks now")
    }

    /// What reverts each row; throws everything that is in the way.
    func reversals(_ set: StepSet, _ rows: [HistoryRow]) throws -> [Reversal] {
        var problems: [MigrationError.Problem] = []
        var items: [Reversal] = []
        for row in rows {
            guard row.outcome.isApplied || row.outcome == .reverting else {
                problems.append(
                    .init("\(row.id) is not finished (\(row.outcome.rawValue))", hint: "run domainflow migrate repair, then try again"))
                continue
            }
            guard let step = set[row.number] else {
                problems.append(
                    .init("\(row.id) is applied, but the current steps do not contain it", hint: "use the program or directory that does"))
                continue
            }
            guard let down = step.down else {
                problems.append(
                    .init(
                        "\(step.id) has no down file", file: step.file, line: 1,
                        hint: "write \(step.file.dropLast(4)).down.sql"
                    ))
                continue
            }
            do {
                items.append(Reversal(row: row, step: step, down: down, statements: try down.statements()))
            } catch {
                problems += error.problems
            }
        }
        guard problems.isEmpty else { throw MigrationError(.badInput, problems) }
        return items
    }

    func revert(_ items: [Reversal], with runner: StepRunner, _ progress: Progress?) async throws -> [String] {
        var runner = runner
        runner.known.rank = try await (history() ?? []).map(\.rank).max() ?? 0
        var reverted: [String] = []
        for item in items {
            guard try await runner.revert(item) else { continue }
            reverted.append(item.row.id)
            progress?(.reverted(id: item.row.id))
        }
        return reverted
    }
}
