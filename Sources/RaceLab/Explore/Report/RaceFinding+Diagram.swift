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
            let isRepeat =
                kind == .statement && lines.suffix(Self.shownRepeats).allSatisfy { $0 == line } && lines.count > Self.shownRepeats
            if isRepeat {
                repeats += 1
            } else {
                if repeats > 0 { lines.append(.init(kind: .statement, session: lines.last?.session, text: "… \(repeats) times more")) }
                repeats = 0
                lines.append(line)
            }
        }
        for (index, move) in moves.enumerated() {
            let step = scenario.sessions[move.session].steps[move.step]
            if let statement = move.statement {
                add(.statement, move.session, text(of: statement))
            } else {
                add(.step, move.session, "\(step.name): \(Self.oneLine(beginning(of: step.sql, before: moves[(index + 1)...], move)))")
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

    /// The part of a step that a move executes: up to the statement before which the session stops next, if that is the step's own.
    private func beginning(of sql: String, before later: ArraySlice<ScheduleRunner.Move>, _ move: ScheduleRunner.Move) -> String {
        guard let next = later.first(where: { $0.session == move.session }), let statement = next.statement, statement.isOfStep,
            let place = InstrumentedBody.offset(of: statement, in: sql)
        else { return sql }
        return String(decoding: sql.utf8.prefix(place), as: UTF8.self)
    }

    private func text(of statement: GateListener.Statement) -> String {
        if statement.isTrigger { return "(\(statement.kind))" }
        // A line with other statements in it shows more than this one.
        if let source = sources[statement], source.count(where: { $0 == ";" }) < 2 || statement.text.isEmpty {
            return "\(statement.line): \(source)"
        }
        let isFollowed = statement.isOfStep || statement.isOfSQLFunction
        var text = Self.oneLine(isFollowed ? InstrumentedBody.firstStatement(of: statement.text) : statement.text)
        if statement.kind == "PERFORM", text.uppercased().hasPrefix("SELECT ") { text = String(text.dropFirst(7)) }
        let isWhole = ["SQL", "assignment", "CALL"].contains(statement.kind)
        return "\(statement.line): \(isWhole ? text : "\(statement.kind) \(text)")"
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text.count >= width ? String(text.prefix(width)) : text + String(repeating: " ", count: width - text.count)
    }

    static func oneLine(_ sql: String) -> String { sql.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
