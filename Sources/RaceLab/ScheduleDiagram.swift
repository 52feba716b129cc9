// A schedule as people read it: sessions side by side, time downwards.

extension Finding {
    /// - Parameter width: of the whole diagram, in characters.
    public func diagram(of scenario: Scenario, width: Int = 120) -> String {
        let shown = Set(moves.map(\.session)).sorted()
        let column = max(24, (width - 2) / max(shown.count, 1) - 2)
        var lines: [String] = []
        func add(_ session: Int, _ text: String) {
            guard let at = shown.firstIndex(of: session) else { return }
            let cut = text.count > column ? text.prefix(column - 1) + "…" : text[...]
            lines.append(String(repeating: " ", count: 2 + at * (column + 2)) + cut)
        }
        lines.append("  " + shown.map { Self.padded(scenario.sessions[$0].name, to: column) }.joined(separator: "  "))
        lines.append("  " + shown.map { _ in String(repeating: "-", count: column) }.joined(separator: "  "))
        for move in moves {
            let step = scenario.sessions[move.session].steps[move.step]
            if let statement = move.statement {
                add(move.session, "  \(text(of: statement))")
            } else {
                add(move.session, "\(step.name): \(Self.oneLine(step.sql))")
            }
            if let fault = move.fault { add(move.session, "  FAULT: \(fault.rawValue)") }
            if let text = Self.text(of: move.end) { add(move.session, "  \(text)") }
            for released in move.released { add(released.session, "  goes on" + (Self.text(of: released.end).map { ", \($0)" } ?? "")) }
        }
        return lines.map { line in
            var line = line[...]
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    func text(of statement: GateListener.Statement) -> String {
        statement.function.isEmpty ? "(\(statement.kind))" : "\(statement.line): \(sources[statement] ?? statement.kind)"
    }

    private static func text(of end: ScheduleRunner.Move.End) -> String? {
        switch end {
        case .statement: nil
        case .blocked: "waits for a lock"
        case .step(let result): "-> \(result.summary)"
        }
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text.count >= width ? String(text.prefix(width)) : text + String(repeating: " ", count: width - text.count)
    }

    static func oneLine(_ sql: String) -> String { sql.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
