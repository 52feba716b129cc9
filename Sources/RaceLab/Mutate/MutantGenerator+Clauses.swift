extension MutantGenerator {
    /// The rules for what stands anywhere in a statement.
    mutating func mutate(at index: Int) {
        switch body.word(index) {
        case "where":
            dropParts(of: predicate(from: index + 1), after: index)
        case "having":
            dropParts(of: predicate(from: index + 1), after: index)
        case "on" where !["conflict", "constraint", "commit"].contains(body.word(index + 1)) && body.word(index - 1) != "distinct":
            dropParts(of: predicate(from: index + 1), after: index)
        case "when":
            dropParts(of: index + 1..<body.end(from: index + 1, before: ["then"]))
        case "for" where body.isLock(index):
            dropLock(at: index)
        case "order" where body.word(index + 1) == "by":
            dropOrder(at: index)
        case "limit":
            let end = body.end(from: index + 1, before: Self.afterOrder)
            if end > index + 1 { add(.dropLimit, tokens: index..<end, "") }
        default:
            swapComparison(at: index)
        }
    }

    private static let afterPredicate: Set<String> = [
        "group", "order", "having", "limit", "offset", "fetch", "for", "returning", "window", "union", "intersect", "except", "loop",
        "into",
        "do", "where", "join", "left", "right", "full", "cross", "inner", "natural", "on", "then",
    ]
    private static let afterOrder: Set<String> = [
        "limit", "offset", "fetch", "for", "loop", "into", "returning", "union", "intersect", "except", "rows", "range", "groups",
    ]

    private func predicate(from start: Int) -> Range<Int> {
        var end = body.end(from: start, before: Self.afterPredicate)
        // left(…) and right(…) are functions.
        while ["left", "right"].contains(body.word(end)), body.symbol(end + 1) == "(" {
            end = body.end(from: end + 1, before: Self.afterPredicate)
        }
        // A join condition may be followed by another table.
        if let comma = (start..<max(start, end)).first(where: { body.symbol($0) == "," && isOutermost($0, from: start) }) { end = comma }
        return start..<max(start, end)
    }

    private func isOutermost(_ index: Int, from start: Int) -> Bool {
        var next = start
        while next < index { next = body.skip(next) }
        return next == index
    }

    /// Leaves out each part that AND or OR joins, also within parentheses; the only part becomes true if there is a keyword before it.
    mutating func dropParts(of tokens: Range<Int>, after keyword: Int? = nil) {
        guard !tokens.isEmpty else { return }
        for connective in ["or", "and"] {
            let parts = split(tokens, at: connective)
            guard parts.count > 1 else { continue }
            for (number, part) in parts.enumerated() where !part.isEmpty {
                leaveOutEqualities(of: part)
                if number == 0 {
                    add(.dropPredicate, body.range(part).lowerBound..<body.tokens[parts[1].lowerBound].range.lowerBound, "")
                } else {
                    add(.dropPredicate, tokens: part.lowerBound - 1..<part.upperBound, "")
                }
                dropParts(of: part)
            }
            return
        }
        if keyword != nil { leaveOutEqualities(of: tokens) }
        if let keyword, !(tokens.count == 1 && body.word(tokens.lowerBound) == "true") {
            add(
                .dropPredicate, body.range(tokens), "true",
                shown: body.tokens[keyword].range.lowerBound..<body.range(tokens).upperBound)
        }
        let start = body.word(tokens.lowerBound) == "not" ? tokens.lowerBound + 1 : tokens.lowerBound
        if body.symbol(start) == "(", let mate = body.mates[start], mate + 1 == tokens.upperBound, body.word(start + 1) != "select" {
            dropParts(of: start + 1..<mate)
        }
    }

    private mutating func leaveOutEqualities(of part: Range<Int>) {
        var index = part.lowerBound
        while index < part.upperBound {
            if body.tokens[index].kind == .comparison, ["=", "<>", "!="].contains(body.tokens[index].text) {
                equalitiesLeftOut.insert(index)
            }
            index = body.skip(index)
        }
    }

    private func split(_ tokens: Range<Int>, at connective: String) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var (start, index) = (tokens.lowerBound, tokens.lowerBound)
        var isBetween = false
        while index < tokens.upperBound {
            let word = body.word(index)
            if word == "between" { isBetween = true }
            if word == "and", isBetween {
                isBetween = false
            } else if word == connective {
                parts.append(start..<index)
                start = index + 1
            }
            index = body.skip(index)
        }
        return parts + [start..<tokens.upperBound]
    }

    private mutating func dropLock(at index: Int) {
        var end = index + 1
        while ["no", "key", "update", "share"].contains(body.word(end)) { end += 1 }
        if body.word(end) == "of" { end = body.end(from: end, before: ["skip", "nowait", "loop", "into", "limit"]) }
        let strength = end
        if body.word(end) == "nowait" { end += 1 }
        if body.word(end) == "skip", body.word(end + 1) == "locked" { end += 2 }
        add(.dropLock, tokens: index..<end, "")
        if end > strength { add(.dropLock, body.range(strength..<end), "", shown: body.range(index..<end)) }
    }

    /// Also in an aggregate or a window, where order is meaning; WITHIN GROUP cannot do without it.
    private mutating func dropOrder(at index: Int) {
        guard !(body.symbol(index - 1) == "(" && body.word(index - 2) == "group") else { return }
        let end = body.end(from: index + 2, before: Self.afterOrder)
        if end > index + 2 { add(.dropOrder, tokens: index..<end, "") }
    }

    private static let swapped = ["=": "<>", "<>": "=", "!=": "=", "<": "<=", "<=": "<", ">": ">=", ">=": ">"]

    private mutating func swapComparison(at index: Int) {
        let token = body.tokens[index]
        guard token.kind == .comparison, let other = Self.swapped[token.text], !isAssignment(index), !equalitiesLeftOut.contains(index)
        else { return }
        add(.swapComparison, token.symbol, other, shown: surroundings(of: index))
    }

    /// Whether it is the first = of an item of a SET list.
    private func isAssignment(_ index: Int) -> Bool {
        guard body.tokens[index].text == "=" else { return false }
        var start = index - 1
        while start >= 0 {
            if body.symbol(start) == ")" || body.symbol(start) == "]", let mate = body.mates[start] {
                start = mate - 1
            } else if body.tokens[start].kind == .comparison || body.symbol(start) == "(" || body.symbol(start) == ";" {
                return false
            } else if body.symbol(start) == "," || body.word(start) == "set" {
                break
            } else {
                start -= 1
            }
        }
        // Of the list that the comma belongs to.
        while start >= 0, body.word(start) != "set" {
            if body.symbol(start) == ")" || body.symbol(start) == "]", let mate = body.mates[start] { start = mate - 1 } else { start -= 1 }
            if start >= 0, body.symbol(start) == "(" || body.symbol(start) == ";" || Self.endsSet.contains(body.word(start)) {
                return false
            }
        }
        return start >= 0
    }

    private static let endsSet: Set<String> = ["from", "where", "select", "returning", "values", "order", "group", "by", "on", "having"]

    /// The bytes of the comparison with both sides.
    private func surroundings(of index: Int) -> Range<Int> {
        let words: Set<String> = [
            "and", "or", "not", "where", "on", "having", "if", "elsif", "when", "while", "then", "else", "select", "return", "by", "case",
            "end", "as", "from", "is", "group", "order", "limit", "into", "loop", "for", "returning", "union", "offset", "left", "cross",
        ]
        func ends(_ place: Int) -> Bool {
            let symbol = body.symbol(place)
            return symbol == "," || symbol == ";" || symbol == ":=" || words.contains(body.word(place))
        }
        var first = index
        while first > 0, !ends(first - 1) {
            if let mate = body.mates[first - 1] {
                if mate > first { break }
                first = mate
            } else {
                first -= 1
            }
        }
        var last = index + 1
        while last < body.tokens.count, !ends(last) {
            if let mate = body.mates[last], mate < last { break }
            last = body.skip(last)
        }
        return body.range(first..<last)
    }
}
