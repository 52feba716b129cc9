import Migrations

/// The text of a function's body as tokens, without comments, and the statements of PL/pgSQL among them.
struct RoutineBody {
    struct Token {
        enum Kind { case word, name, literal, symbol, comparison }
        var kind: Kind
        /// Lower case for words; for an operator its symbol, also when it is written OPERATOR(schema.symbol).
        var text: String
        var range: Range<Int>
        /// Where the operator's symbol stands.
        var symbol: Range<Int>
    }

    let bytes: [UInt8]
    private(set) var tokens: [Token] = []
    /// For each parenthesis or bracket the index of its counterpart.
    private(set) var mates: [Int: Int] = [:]

    /// - Parameter range: where the body stands in the text, in bytes.
    init(_ bytes: [UInt8], _ range: Range<Int>) throws {
        self.bytes = bytes
        try read(range)
        var open: [Int] = []
        for (index, token) in tokens.enumerated() where token.kind == .symbol {
            if token.text == "(" || token.text == "[" { open.append(index) }
            if token.text == ")" || token.text == "]", let start = open.popLast() { (mates[start], mates[index]) = (index, start) }
        }
    }

    private mutating func read(_ range: Range<Int>) throws {
        var lexer = SQLLexer(Array(bytes[range]))
        while let found = try lexer.next() {
            let place = (found.range.lowerBound + range.lowerBound)..<(found.range.upperBound + range.lowerBound)
            let text = String(decoding: bytes[place], as: UTF8.self)
            switch found.kind {
            case .comment, .copyData: continue
            case .word, .parameter: append(.word, text.lowercased(), place)
            case .quotedIdentifier: append(.name, text, place)
            case .string, .dollarString, .number, .placeholder: append(.literal, text, place)
            case .symbol, .backslash:
                if isOperator(text), let last = tokens.last, last.range.upperBound == place.lowerBound, joins(last) {
                    tokens[tokens.count - 1].text += text
                    tokens[tokens.count - 1].range = last.range.lowerBound..<place.upperBound
                    tokens[tokens.count - 1].symbol = last.range.lowerBound..<place.upperBound
                    tokens[tokens.count - 1].kind = .comparison
                } else {
                    append(isOperator(text) ? .comparison : .symbol, text, place)
                    if text == ")" { joinQualifiedOperator() }
                }
            }
        }
    }

    private mutating func append(_ kind: Token.Kind, _ text: String, _ range: Range<Int>) {
        // Of `=-1` the sign belongs to the number.
        if let last = tokens.last, last.kind == .comparison, last.text.count > 1, last.text.last == "-" || last.text.last == "+",
            !last.text.contains(where: { "~!@#%^&|`?".contains($0) })
        {
            tokens[tokens.count - 1].text.removeLast()
            let place = last.range.lowerBound..<last.range.upperBound - 1
            (tokens[tokens.count - 1].range, tokens[tokens.count - 1].symbol) = (place, place)
        }
        tokens.append(Token(kind: kind, text: text, range: range, symbol: range))
    }

    private func isOperator(_ text: String) -> Bool { text.count == 1 && "+-*/<>=~!@#%^&|`?".contains(text) }

    private func joins(_ last: Token) -> Bool { last.kind == .comparison || last.text == ":" }

    /// Makes one token of OPERATOR(schema.symbol).
    private mutating func joinQualifiedOperator() {
        guard let start = tokens.lastIndex(where: { $0.text == "(" }), start > 0, tokens[start - 1].text == "operator" else { return }
        let symbol = tokens[tokens.count - 2]
        guard symbol.kind == .comparison else { return }
        let range = tokens[start - 1].range.lowerBound..<tokens[tokens.count - 1].range.upperBound
        tokens.removeSubrange((start - 1)...)
        tokens.append(Token(kind: .comparison, text: symbol.text, range: range, symbol: symbol.range))
    }

    func word(_ index: Int) -> String {
        tokens.indices.contains(index) && tokens[index].kind == .word ? tokens[index].text : ""
    }

    func symbol(_ index: Int) -> String {
        tokens.indices.contains(index) && tokens[index].kind != .word ? tokens[index].text : ""
    }

    /// The bytes from the first token to the last.
    func range(_ tokens: Range<Int>) -> Range<Int> {
        self.tokens[tokens.lowerBound].range.lowerBound..<self.tokens[tokens.upperBound - 1].range.upperBound
    }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// The index after what begins at `index` as one thing: parentheses, CASE … END, or a single token.
    func skip(_ index: Int) -> Int {
        if let mate = mates[index], mate > index { return mate + 1 }
        guard word(index) == "case" else { return index + 1 }
        var next = index + 1
        while next < tokens.count, word(next) != "end" { next = skip(next) }
        return min(next + 1, tokens.count)
    }

    /// Where an expression or clause that begins at `start` ends: before one of the words, a semicolon or the parenthesis around it.
    func end(from start: Int, before words: Set<String>) -> Int {
        var index = start
        while index < tokens.count {
            let found = symbol(index)
            if found == ";" || found == ")" || found == "]" { break }
            if words.contains(word(index)), word(index) != "for" || isLock(index) { break }
            index = skip(index)
        }
        return min(index, tokens.count)
    }

    /// Whether FOR UPDATE, FOR NO KEY UPDATE, FOR SHARE or FOR KEY SHARE begins here.
    func isLock(_ index: Int) -> Bool {
        guard word(index) == "for" else { return false }
        switch word(index + 1) {
        case "update", "share": return true
        case "no": return word(index + 2) == "key" && word(index + 3) == "update"
        case "key": return word(index + 2) == "share"
        default: return false
        }
    }
}
