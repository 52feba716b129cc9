import DomainFlow

/// The explanation of a decision, drawn with lines.
enum AccessTree {
    /// The rows of the tree, and under it the remarks that belong to the whole.
    static func text(_ steps: [AccessStep], colored: Bool) -> String {
        let remarks = steps.dropFirst().filter { $0.depth == 0 }.map { VisibleText.of($0.step) + "\n" }
        let rows = steps.prefix(1) + steps.dropFirst().filter { $0.depth > 0 }
        return zip(branches(rows.map(\.depth)), rows).map { $0 + row($1, colored) + "\n" }.joined() + remarks.joined()
    }

    private static func row(_ step: AccessStep, _ colored: Bool) -> String {
        let text = VisibleText.of(step.step)
        guard let verdict = step.verdict else { return text }
        let color: TerminalColor =
            switch verdict {
            case .yes: .green
            case .perhaps: .yellow
            case .no: .red
            }
        return text + ": " + color.of(verdict.rawValue, shown: colored)
    }

    /// What stands before each row. From the last row to the first, because a branch ends where no row of its depth follows.
    private static func branches(_ depths: [Int]) -> [String] {
        var open: Set<Int> = []
        let reversed = depths.reversed().map { depth in
            let above = (1..<max(1, depth)).map { open.contains($0) ? "│  " : "   " }.joined()
            let own = depth == 0 ? "" : open.contains(depth) ? "├─ " : "└─ "
            open = open.filter { $0 < depth }.union([depth])
            return above + own
        }
        return reversed.reversed()
    }
}
