// Shows a finding as a drawing: the diagram's lines, with committed rows beside them.

extension RaceFinding {
    /// The diagram as SVG: a lane for each session, time downwards, a dashed line while a session waits, committed rows at the right.
    public func svg(of scenario: Scenario) -> String {
        let shown = sessions
        let lines = diagramLines(of: scenario)
        let (lane, step, top, rows) = (360, 20, 48, 420)
        func x(_ session: Int) -> Int { (shown.firstIndex(of: session) ?? 0) * lane + 16 }
        let height = top + lines.count * step + 16
        var parts: [String] = []
        for session in shown {
            let name = ExplorationHTML.escaped(scenario.sessions[session].name)
            parts.append("<text x=\"\(x(session))\" y=\"20\" font-weight=\"bold\">\(name)</text>")
            parts.append("<line x1=\"\(x(session) - 8)\" y1=\"28\" x2=\"\(x(session) - 8)\" y2=\"\(height)\" stroke=\"#ccc\"/>")
        }
        parts.append("<text x=\"\(shown.count * lane + 16)\" y=\"20\" font-weight=\"bold\">committed rows</text>")
        var waitsSince: [Int: Int] = [:]
        for (number, line) in lines.enumerated() {
            let y = top + number * step
            guard let session = line.session else {
                parts.append(Self.text(line.text, x: shown.count * lane + 16, y: y, color: "#2b6a30", room: rows))
                continue
            }
            if line.kind == .waits { waitsSince[session] = y }
            if line.kind == .goesOn || line.kind == .answer, let since = waitsSince.removeValue(forKey: session) {
                let at = x(session) - 8
                parts.append(
                    "<line x1=\"\(at)\" y1=\"\(since)\" x2=\"\(at)\" y2=\"\(y)\" stroke=\"#b00020\" stroke-width=\"3\" stroke-dasharray=\"4\"/>"
                )
            }
            let color =
                switch line.kind {
                case .step: "#000"
                case .statement, .goesOn: "#1f4e8c"
                case .answer: "#555"
                case .waits, .fault: "#b00020"
                case .change: "#2b6a30"
                }
            parts.append(Self.text(line.text, x: x(session) + (line.kind == .step ? 0 : 12), y: y, color: color, room: lane - 20))
        }
        let width = shown.count * lane + rows + 16
        return
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\">\n\(parts.joined(separator: "\n"))\n</svg>\n"
    }

    /// Text that does not fit is cut; a tooltip has all of it.
    private static func text(_ text: String, x: Int, y: Int, color: String, room: Int) -> String {
        let characters = room * 10 / 73
        let cut = text.count > characters ? text.prefix(characters - 1) + "…" : text
        let whole = text.count > characters ? "<title>\(ExplorationHTML.escaped(text))</title>" : ""
        return "<text x=\"\(x)\" y=\"\(y)\" fill=\"\(color)\">\(ExplorationHTML.escaped(String(cut)))\(whole)</text>"
    }
}
