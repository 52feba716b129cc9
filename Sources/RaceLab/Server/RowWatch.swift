/// Watches the committed rows of all tables between the moves of a schedule that people will read.
struct RowWatch {
    /// One version of a row replaced another; either may be missing.
    struct Change: Sendable, Equatable {
        var table: String
        var before, after: Version?
    }

    /// A row, the transaction that wrote it, and where it stands in the table.
    struct Version: Sendable, Hashable {
        var row, xmin, ctid: String
    }

    private let control: LabConnection
    private var known: [String: [Version]] = [:]
    /// Tables with more rows than this are not shown.
    private static let limit = 40

    /// nil when there are no tables, or none that may be read.
    init?(_ control: LabConnection) {
        self.control = control
        let tables = control.run(
            """
            SELECT pg_catalog.string_agg(pg_catalog.format(
                '(SELECT %L, t.xmin::text, t.ctid::text, t::text FROM %s AS t LIMIT \(Self.limit + 1))', c.oid::pg_catalog.regclass,
                c.oid::pg_catalog.regclass), ' UNION ALL ')
              FROM pg_catalog.pg_class AS c
             WHERE c.relkind = 'r' AND c.relpersistence <> 't'
               AND c.relnamespace::pg_catalog.regnamespace::text NOT IN ('pg_catalog', 'information_schema')
            """)
        guard tables.hasRows, let sql = tables.value(0, 0), (try? control.prepare("rows", sql)) != nil else { return nil }
        _ = control.run("SET lock_timeout = '20ms'")
        guard let rows = read() else {
            end()
            return nil
        }
        known = rows
    }

    /// Ends the watch; another one may begin on the same connection.
    func end() { _ = control.run("DEALLOCATE \"rows\"; RESET lock_timeout") }

    /// nil when a table is locked, for example by TRUNCATE.
    private func read() -> [String: [Version]]? {
        let answer = control.run(prepared: "rows")
        guard answer.hasRows else { return nil }
        var tables: [String: [Version]] = [:]
        for row in 0..<answer.rowCount {
            let version = Version(row: answer.value(row, 3) ?? "", xmin: answer.value(row, 1) ?? "", ctid: answer.value(row, 2) ?? "")
            tables[answer.value(row, 0) ?? "", default: []].append(version)
        }
        return tables
    }

    /// The rows that have changed since the last call.
    mutating func changes() -> [Change] {
        guard let now = read() else { return [] }
        defer { known = now }
        return Set(known.keys).union(now.keys).sorted().flatMap { table in
            Self.changes(table, known[table] ?? [], now[table] ?? [])
        }
    }

    /// Pairs a new version with the old one that has the same first column; the others were inserted or deleted.
    static func changes(_ table: String, _ before: [Version], _ after: [Version]) -> [Change] {
        guard before.count <= limit, after.count <= limit else { return [] }
        var gone = before.filter { !after.contains($0) }
        var changes: [Change] = []
        for version in after where !before.contains(version) {
            let key = version.row.prefix { $0 != "," }
            let old = gone.firstIndex { $0.row.prefix { $0 != "," } == key }
            changes.append(Change(table: table, before: old.map { gone.remove(at: $0) }, after: version))
        }
        return changes + gone.map { Change(table: table, before: $0, after: nil) }
    }
}

extension RowWatch.Change {
    /// `account: (1,100) → (1,95), written by transaction 745`
    var text: String {
        switch (before, after) {
        case (let before?, let after?): "\(table): \(before.row) → \(after.row) (by transaction \(after.xmin))"
        case (nil, let after?): "\(table): + \(after.row) (by transaction \(after.xmin))"
        case (let before?, nil): "\(table): - \(before.row)"
        case (nil, nil): table
        }
    }
}
