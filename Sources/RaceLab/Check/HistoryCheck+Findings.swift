extension HistoryCheck {
    /// - Parameter order: the history's version order, which is computed once for several checks.
    func findings(in history: TransactionHistory, _ order: VersionOrder) -> CheckFindings {
        switch self {
        case .isolation(let level): AdyaChecker(history, order, level: level).check()
        case .versions: VersionChecker(history: history, order: order).check()
        case .linearizable: LinearizabilityChecker(history, order).check()
        }
    }
}

extension TransactionHistory {
    /// Runs every check in turn. A history without any access is an error: it says nothing.
    ///
    /// - Parameter each: told the findings of each check as soon as it is done.
    @discardableResult
    public func check(
        _ checks: [HistoryCheck], each: (HistoryCheck, CheckFindings) -> Void = { _, _ in }
    ) throws(RaceError) -> [(check: HistoryCheck, findings: CheckFindings)] {
        guard !accesses.isEmpty else {
            throw RaceError(
                "there is nothing to check: none of \(count) operations answered a row with race_key and race_read or race_write")
        }
        let order = VersionOrder(self)
        return checks.map { check in
            let findings = check.findings(in: self, order)
            each(check, findings)
            return (check, findings)
        }
    }

    func name(_ transaction: Int) -> String { "T\(transaction + 1)" }
}
