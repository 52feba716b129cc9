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
    /// Makes every check in turn. A history without any access is an error, because it proves nothing.
    public func check(_ checks: [HistoryCheck]) throws(RaceError) -> [(check: HistoryCheck, findings: CheckFindings)] {
        guard !accesses.isEmpty else {
            throw RaceError(
                "there is nothing to check: none of \(count) operations answered a row with race_key and race_read or race_write")
        }
        let order = VersionOrder(self)
        return checks.map { ($0, $0.findings(in: self, order)) }
    }

    func name(_ transaction: Int) -> String { "T\(transaction + 1)" }
}
