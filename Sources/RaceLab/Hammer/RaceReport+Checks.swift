extension RaceReport {
    /// A scenario's checks of the history stand among its invariants: a violation is something found, the samples are the first of it.
    /// A history that says nothing violates them too.
    static func checks(_ checks: [HistoryCheck], history path: String) throws(HistoryError) -> [InvariantReport] {
        guard !checks.isEmpty else { return [] }
        let history = try TransactionHistory(path: path)
        do throws(RaceError) {
            return try history.check(checks).map { check, findings in
                InvariantReport(name: check.name, violations: findings.count, samples: findings.first.prefix(5).map(\.text))
            }
        } catch {
            return checks.map { InvariantReport(name: $0.name, violations: 1, samples: [error.description]) }
        }
    }
}
