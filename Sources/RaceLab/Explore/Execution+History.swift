extension ScheduleRunner.Execution {
    /// The schedule as a history for checks, with each transaction's name. A transaction begins with the first move of its first step and
    /// ends with the last move of its last step.
    func history(of scenario: Scenario) -> (history: TransactionHistory, names: [String]) {
        struct Span {
            var first, last: Int
            var places: [Scenario.StepPlace] = []
        }
        var spans: [[Int]: Span] = [:]
        func extend(_ session: Int, _ step: Int, _ moment: Int) {
            let place = Scenario.StepPlace(session: session, index: step)
            guard let transaction = transactions[place] else { return }
            var span = spans[[session, transaction]] ?? Span(first: moment, last: moment)
            span.last = moment
            if !span.places.contains(place) { span.places.append(place) }
            spans[[session, transaction]] = span
        }
        var under: [Int: Int] = [:]
        for (moment, move) in moves.enumerated() {
            under[move.session] = move.step
            extend(move.session, move.step, moment)
            for released in move.released { if let step = under[released.session] { extend(released.session, step, moment) } }
        }
        var history = TransactionHistory()
        var names: [String] = []
        for (key, span) in spans.sorted(by: { ($0.value.first, $0.key[0]) < ($1.value.first, $1.key[0]) }) {
            let isOpen = interruptions[key[0]].map { key[1] >= $0.transaction } ?? false
            let failed = span.places.contains { results[$0]?.sqlState != nil }
            let outcome: HistoryRecord.Outcome = isOpen ? (interruptions[key[0]]!.isUnknown ? .unknown : .error) : failed ? .error : .ok
            // Transactions that share a moment are concurrent; moves that follow each other are not, so each takes two ticks.
            history.begin(
                start: UInt64(span.first * 2), end: UInt64(span.last * 2 + 1), client: key[0], sequence: key[1], outcome: outcome)
            for place in span.places {
                for access in results[place]?.accesses ?? [] { history.access(access.key.utf8, read: access.read, write: access.write) }
            }
            names.append(span.places.map { scenario.step($0).name }.joined(separator: "+"))
        }
        return (history, names)
    }
}
