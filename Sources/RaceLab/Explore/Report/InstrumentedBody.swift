import Migrations

/// Puts calls before statements of a function's body.
enum InstrumentedBody {
    /// The body with a call before each of these statements; one that is not found in it is left out.
    static func of(_ body: String, _ calls: [GateListener.Statement: String]) -> String {
        let places = calls.flatMap { statement, call in
            offsets(of: statement, in: body).map { ($0, statement.isOfSQLFunction ? "SELECT \(call); " : "PERFORM \(call); ") }
        }
        var bytes = Array(body.utf8)
        for (place, call) in places.sorted(by: { $0.0 > $1.0 }) { bytes.insert(contentsOf: call.utf8, at: place) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A step with a call before a statement of the DO block in it; nil when the statement is not found.
    static func ofBlock(_ sql: String, _ statement: GateListener.Statement, _ call: String) -> String? {
        let bytes = Array(sql.utf8)
        var lexer = SQLLexer(bytes)
        while let token = try? lexer.next() {
            guard token.kind == .dollarString else { continue }
            let literal = bytes[token.range]
            let quote = (literal.dropFirst().firstIndex(of: UInt8(ascii: "$")) ?? literal.startIndex) - literal.startIndex + 1
            let body = String(decoding: literal.dropFirst(quote).dropLast(quote), as: UTF8.self)
            guard offset(of: statement, in: body) != nil else { continue }
            return String(decoding: bytes[..<(token.range.lowerBound + quote)], as: UTF8.self) + of(body, [statement: call])
                + String(decoding: bytes[(token.range.upperBound - quote)...], as: UTF8.self)
        }
        return nil
    }

    /// Where a statement begins in a text, in bytes.
    static func offset(of statement: GateListener.Statement, in text: String) -> Int? { offsets(of: statement, in: text).first }

    /// Several if a line has the same statement more than once: the lab counts visits to all of them together.
    private static func offsets(of statement: GateListener.Statement, in text: String) -> [Int] {
        if statement.isOfSQLFunction || statement.isOfStep {
            // All that follows is known, with other blanks; of a body that begins with BEGIN ATOMIC there is no text.
            guard !statement.text.isEmpty else { return [] }
            let place = text.utf8.count - statement.text.utf8.count
            return place > 0 && text.utf8.dropFirst(place).elementsEqual(statement.text.utf8, by: isSame) ? [place] : []
        }
        let bytes = Array(text.utf8)
        guard let body = try? RoutineBody(bytes, bytes.indices) else { return [] }
        var best: (places: [Int], score: Int) = ([], 0)
        for index in body.tokens.indices where begins(index, in: body) {
            let place = body.tokens[index].range.lowerBound
            guard 1 + bytes[..<place].count(where: { $0 == UInt8(ascii: "\n") }) == statement.line else { continue }
            let source = body.text(body.range(index..<max(index + 1, body.end(from: index + 1, before: ["then", "loop"]))))
            let score = likeness(source, statement)
            if score > best.score { best = ([], score) }
            if score > 0, score == best.score { best.places.append(place) }
        }
        return best.places
    }

    /// A text up to its first semicolon.
    static func firstStatement(of text: String) -> String {
        let bytes = Array(text.utf8)
        var lexer = SQLLexer(bytes)
        while let token = try? lexer.next() {
            if token.kind == .symbol, bytes[token.range.lowerBound] == UInt8(ascii: ";") {
                return String(decoding: bytes[..<token.range.lowerBound], as: UTF8.self)
            }
        }
        return text
    }

    private static func isSame(_ one: UInt8, _ other: UInt8) -> Bool {
        one == other || other == UInt8(ascii: " ") && (9...13).contains(one)
    }

    /// Whether a statement of PL/pgSQL may begin at a token.
    private static func begins(_ index: Int, in body: RoutineBody) -> Bool {
        index > 0 && !["else", "elsif", "elseif", "end", "when", "exception"].contains(body.word(index))
            && (body.symbol(index - 1) == ";" || ["begin", "then", "else", "loop"].contains(body.word(index - 1)))
    }

    /// The words by which PL/pgSQL's own statements begin; other kinds are assignments, blocks and SQL.
    private static let keywords: Set<String> = [
        "ASSERT", "CALL", "CASE", "CLOSE", "DO", "EXECUTE", "FETCH", "FOR", "FOREACH", "IF", "MOVE", "OPEN", "PERFORM", "RAISE",
        "RETURN", "WHILE",
    ]

    /// How many characters of a statement, without blanks, a source text has: the source has keywords and INTO beside them.
    private static func likeness(_ source: String, _ statement: GateListener.Statement) -> Int {
        let unlabelled = source.replacing(#/^\s*<<[^>]*>>\s*/#, with: "")
        let keyword = String(statement.kind.prefix { $0 != " " })
        guard !keywords.contains(keyword) || unlabelled.prefix(while: \.isLetter).uppercased() == keyword else { return 0 }
        let source = unlabelled.filter { !$0.isWhitespace }
        var text = statement.text.filter { !$0.isWhitespace }
        if statement.kind == "PERFORM", text.uppercased().hasPrefix("SELECT") { text.removeFirst(6) }
        guard !text.isEmpty else { return source.uppercased().hasPrefix(statement.kind.filter { !$0.isWhitespace }) ? 1 : 0 }
        if source.contains(text) { return text.count }
        let head = zip(source, text).prefix { $0 == $1 }.count
        let tail = zip(source.reversed(), text.reversed()).prefix { $0 == $1 }.count
        return min(head + tail, text.count)
    }
}
