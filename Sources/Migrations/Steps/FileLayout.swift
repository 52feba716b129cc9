/// Which lines of a file are headers and includes, and which only look like that: rows of a COPY, documentation inside a string.
struct FileLayout {
    /// The number of lines before the first statement.
    private(set) var head: Int
    /// Ranges of lines, from 0, that begin inside a string, a comment or COPY data.
    private var inside: [Range<Int>] = []

    init(_ lines: [Substring]) {
        head = lines.count
        guard let last = lines.lastIndex(where: { $0.hasPrefix("--!") }) else { return }
        // Most files have them in a head of comments only.
        guard let first = lines[..<last].firstIndex(where: { !$0.isEmpty && !$0.hasPrefix("--") }) else { return }
        let bytes = Array(lines[first...].map { $0 + "\n" }.joined().utf8)
        var lexer = SQLLexer(bytes)
        var (line, at) = (first, 0)
        func read(to offset: Int) -> Int {
            line += bytes[at..<offset].count { $0 == UInt8(ascii: "\n") }
            at = offset
            return line
        }
        var isHead = true
        do {
            while let token = try lexer.next() {
                let start = read(to: token.range.lowerBound)
                let end = read(to: token.range.upperBound)
                if isHead, token.kind != .comment { (head, isHead) = (start, false) }
                inside.append(token.kind == .copyData ? start..<(end + 1) : (start + 1)..<(end + 1))
            }
        } catch {
            // It has no end, which the splitter reports.
            inside.append((read(to: error.offset) + 1)..<lines.count)
        }
        inside.removeAll(where: \.isEmpty)
    }

    func isInside(_ line: Int) -> Bool { inside.contains { $0.contains(line) } }
}
