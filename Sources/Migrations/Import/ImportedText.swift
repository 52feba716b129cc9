/// The text of another tool's migration, cut into what can be steps: consecutive statements of a transaction, or one that runs outside.
struct ImportedText {
    struct Part: Equatable {
        var text: String
        var isOutside: Bool
    }

    private(set) var parts: [Part] = []

    init(_ text: String, isOutside: Bool) {
        let bytes = Array(Self.withPlaceholders(text).utf8)
        var statements = Self.statements(bytes)
        Self.dropTransaction(&statements)
        var from = 0
        for (place, statement) in statements.enumerated() {
            var end = place == statements.count - 1 ? bytes.count : statement.end
            if statement.isDropped, end < bytes.count, bytes[end] == UInt8(ascii: "\n") { end += 1 }
            let piece =
                statement.isDropped ? Self.without(statement, bytes, from..<end) : String(decoding: bytes[from..<end], as: UTF8.self)
            from = end
            append(piece, isOutside: (isOutside || statement.needsNoTransaction) && !statement.isDropped, isDropped: statement.isDropped)
        }
        if statements.isEmpty { parts = [Part(text: String(decoding: bytes, as: UTF8.self), isOutside: false)] }
        for place in parts.indices where parts[place].isOutside {
            parts[place].text = "--! transaction: no\n" + String(parts[place].text.drop { $0.isNewline })
        }
    }

    /// What only comments say goes with the statement that follows, or the one before.
    private mutating func append(_ piece: String, isOutside: Bool, isDropped: Bool) {
        if isDropped, let last = parts.indices.last {
            parts[last].text += piece
        } else if let last = parts.last, !isOutside, !last.isOutside {
            parts[parts.count - 1].text += piece
        } else {
            parts.append(Part(text: piece, isOutside: isOutside))
        }
        // A leading BEGIN leaves a part of comments, which the first statement takes over.
        if parts.count == 2, Self.statements(Array(parts[0].text.utf8)).isEmpty {
            parts = [Part(text: parts[0].text + parts[1].text, isOutside: parts[1].isOutside)]
        }
    }

    private struct Statement {
        /// Of its first token and behind its semicolon, with the rows of a COPY.
        var start: Int
        var end: Int
        var words: [String]
        var isDropped = false

        var needsNoTransaction: Bool {
            switch words.first {
            case "vacuum": true
            case "create", "drop", "reindex", "alter", "refresh": words.prefix(10).contains("concurrently") && words.first != "refresh"
            default: false
            }
        }
    }

    private static func statements(_ bytes: [UInt8]) -> [Statement] {
        guard let source = try? SourceText(file: "", text: String(decoding: bytes, as: UTF8.self)) else { return [] }
        var expanded = ExpandedText()
        let file = expanded.open("")
        for (index, line) in source.lines.enumerated() { expanded.append(line, file: file, number: index + 1) }
        guard let split = try? StatementSplitter.split(expanded) else { return [] }
        var offsets: [Int] = [0]
        for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { offsets.append(offset + 1) }
        return split.map { statement in
            let line = offsets[min(statement.line - 1, offsets.count - 1)]
            let before = String(decoding: bytes[line..<min(line + 4 * statement.column, bytes.count)], as: UTF8.self).unicodeScalars.prefix(
                statement.column - 1)
            let start = line + before.reduce(0) { $0 + UTF8.width($1) }
            var end = start + statement.text.utf8.count
            while end < bytes.count, bytes[end] != UInt8(ascii: ";") { end += 1 }
            end = min(end + 1, bytes.count)
            if let data = statement.copyData { end = min(offsets[data.line - 1] + data.bytes.count + 3, bytes.count) }
            return Statement(start: start, end: end, words: statement.words(16))
        }
    }

    private static let begins: Set<[String]> = [["begin"], ["begin", "transaction"], ["begin", "work"], ["start", "transaction"]]
    private static let ends: Set<[String]> = [
        ["commit"], ["commit", "transaction"], ["commit", "work"], ["end"], ["end", "transaction"],
    ]

    /// BEGIN at the beginning and COMMIT at the end are the runner's.
    private static func dropTransaction(_ statements: inout [Statement]) {
        guard statements.count > 1, let last = statements.last, begins.contains(statements[0].words), ends.contains(last.words) else {
            return
        }
        statements[0].isDropped = true
        statements[statements.count - 1].isDropped = true
    }

    private static func without(_ statement: Statement, _ bytes: [UInt8], _ range: Range<Int>) -> String {
        var after = statement.end
        while after < range.upperBound, bytes[after] == UInt8(ascii: " ") { after += 1 }
        if after < range.upperBound, bytes[after] == UInt8(ascii: "\n") { after += 1 }
        return String(
            decoding: bytes[range.lowerBound..<statement.start] + bytes[min(after, range.upperBound)..<range.upperBound], as: UTF8.self)
    }

    /// `${name}` and `{{ index .Options "name" }}` where they stand for an identifier, and `'${name}'` where they are a whole literal. What
    /// stands inside a longer string stays, and is reported.
    private static func withPlaceholders(_ text: String) -> String {
        guard text.contains("${") || text.contains("{{") else { return text }
        let whole = text.replacing(#/'(?:\$\{(\w+)\}|\{\{\s*index\s+\.Options\s+"(\w+)"\s*\}\})'/#) { ":'\($0.1 ?? $0.2 ?? "")'" }
        let bytes = Array(whole.utf8)
        let quoted = Placeholder.tokens(of: bytes).filter { [.string, .dollarString, .comment].contains($0.kind) }.map(\.range)
        return whole.replacing(#/(?:\$\{(\w+)\}|\{\{\s*index\s+\.Options\s+"(\w+)"\s*\}\})/#) { match in
            let offset = whole.utf8.distance(from: whole.startIndex, to: match.range.lowerBound)
            return quoted.contains { $0.contains(offset) } ? String(match.0) : ":\"\(match.1 ?? match.2 ?? "")\""
        }
    }
}
