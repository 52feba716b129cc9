// Shows a finding as a diagram of text: sessions side by side, time downwards.

extension RaceFinding {
    /// One line of a diagram.
    struct DiagramLine: Equatable {
        enum Kind {
            case step, statement, answer, waits, goesOn, fault
            /// A row that was committed; belongs to no session.
            case change
        }
        var kind: Kind
        var session: Int?
        var text: String
    }

    /// - Parameter width: of the whole diagram, in characters.
    public func diagram(of scenario: Scenario, width: Int = 120) -> String {
        let shown = sessions
        let column = max(24, (width - 2) / max(shown.count, 1) - 2)
        func cut(_ text: String, _ width: Int) -> String { text.count > width ? text.prefix(width - 1) + "…" : text }
        var lines = ["  " + shown.map { Self.padded(scenario.sessions[$0].name, to: column) }.joined(separator: "  ")]
        lines.append("  " + shown.map { _ in String(repeating: "-", count: column) }.joined(separator: "  "))
        for line in diagramLines(of: scenario) {
            if let session = line.session, let at = shown.firstIndex(of: session) {
                let indent = line.kind == .step ? "" : "  "
                lines.append(String(repeating: " ", count: 2 + at * (column + 2)) + cut(indent + line.text, column))
            } else {
                lines.append("  " + cut("= " + line.text, width - 2))
            }
        }
        return lines.map { line in
            var line = line[...]
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    /// The sessions that take part.
    var sessions: [Int] { Set(moves.map(\.session)).sorted() }

    func diagramLines(of scenario: Scenario) -> [DiagramLine] {
        var lines: [DiagramLine] = []
        var repeats = 0
        func add(_ kind: DiagramLine.Kind, _ session: Int?, _ text: String) {
            let line = DiagramLine(kind: kind, session: session, text: text)
            // A loop is shown by its first turns.
            let isRepeat = kind == .statement && lines.suffix(Self.shownRepeats).allSatisfy { $0 == line } && lines.count > Self.shownRepeats
            if isRepeat {
                repeats += 1
            } else {
                if repeats > 0 { lines.append(.init(kind: .statement, session: lines.last?.session, text: "… \(repeats) times more")) }
                repeats = 0
                lines.append(line)
            }
        }
        for move in moves {
            let step = scenario.sessions[move.session].steps[move.step]
            if let statement = move.statement {
                add(.statement, move.session, text(of: statement))
            } else {
                add(.step, move.session, "\(step.name): \(Self.oneLine(step.sql))")
            }
            if let fault = move.fault { add(.fault, move.session, "FAULT: \(fault.rawValue)") }
            switch move.end {
            case .statement: break
            case .blocked: add(.waits, move.session, "waits for a lock")
            case .step(let result): add(.answer, move.session, "-> \(result.summary)")
            }
            for change in move.changes { add(.change, nil, change.text) }
            for released in move.released {
                add(.goesOn, released.session, "goes on")
                if case .step(let result) = released.end { add(.answer, released.session, "-> \(result.summary)") }
            }
        }
        return lines
    }

    private static let shownRepeats = 3

    private func text(of statement: GateListener.Statement) -> String {
        statement.isTrigger ? "(\(statement.kind))" : "\(statement.line): \(sources[statement] ?? statement.kind)"
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text.count >= width ? String(text.prefix(width)) : text + String(repeating: " ", count: width - text.count)
    }

    static func oneLine(_ sql: String) -> String { sql.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
