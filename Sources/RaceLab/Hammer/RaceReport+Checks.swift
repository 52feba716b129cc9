extension RaceReport {
    /// Reports a scenario's checks of the history among its invariants, with their findings as violations and the first ones as samples.
    /// A history without accesses violates them too.
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
