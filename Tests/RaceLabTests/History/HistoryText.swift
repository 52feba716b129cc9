@testable import RaceLab

extension TransactionHistory {
    /// One transaction a line: `[START-END] [ok|error|unknown] KEY:READ KEY:->WRITTEN KEY:READ->WRITTEN …`. Without times, one is over
    /// before the next begins.
    init(_ text: String) {
        self.init()
        for (index, line) in text.split(separator: "\n").enumerated() {
            var times = (UInt64(index * 10), UInt64(index * 10 + 5))
            var outcome = HistoryRecord.Outcome.ok
            var accesses: [(String, Int64?, Int64?)] = []
            for word in line.split(separator: " ") {
                if let known = HistoryRecord.Outcome(rawValue: String(word)) {
                    outcome = known
                } else if let colon = word.firstIndex(of: ":") {
                    let versions = word[word.index(after: colon)...]
                    let arrow = versions.range(of: "->")
                    let read = arrow.map { versions[..<$0.lowerBound] } ?? versions
                    accesses.append((String(word[..<colon]), Int64(read), arrow.flatMap { Int64(versions[$0.upperBound...]) }))
                } else {
                    let parts = word.split(separator: "-").compactMap { UInt64($0) }
                    times = (parts[0], parts[1])
                }
            }
            begin(start: times.0, end: times.1, client: index, sequence: 0, outcome: outcome)
            for (key, read, write) in accesses { access(Array(key.utf8), read: read, write: write) }
        }
    }

    func texts(_ check: HistoryCheck) -> [String] { check.findings(in: self, VersionOrder(self)).first.map(\.text) }
    func names(_ check: HistoryCheck) -> [String] { check.findings(in: self, VersionOrder(self)).first.map(\.name) }
    func names(_ level: IsolationLevel) -> [String] { names(.isolation(level)) }
}
