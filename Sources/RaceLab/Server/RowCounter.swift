/// Counts the rows that sessions write, from the server's statistics.
struct RowCounter {
    /// Makes the server count what a session has done as soon as its current statement has ended.
    static let flush = "SELECT pg_catalog.pg_stat_force_next_flush()"
    static let total = """
        SELECT pg_catalog.sum(pg_catalog.pg_stat_get_tuples_inserted(c.oid) + pg_catalog.pg_stat_get_tuples_updated(c.oid)
                              + pg_catalog.pg_stat_get_tuples_deleted(c.oid))::bigint
          FROM pg_catalog.pg_class AS c
         WHERE c.relkind = 'r' AND c.relnamespace::pg_catalog.regnamespace::text NOT IN ('pg_catalog', 'information_schema')
        """

    private let control: LabConnection
    private let before: Int

    /// Counts from now on. What the connection itself has done before does not count.
    init(_ control: LabConnection) {
        self.control = control
        _ = control.run(Self.flush)
        before = Self.read(control)
    }

    /// The rows written by sessions that have run ``flush`` since.
    var count: Int { Self.read(control) - before }

    private static func read(_ control: LabConnection) -> Int {
        let answer = control.run(total)
        return answer.hasRows ? answer.value(0, 0).flatMap { Int($0) } ?? 0 : 0
    }
}
