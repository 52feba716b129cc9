extension MutantGenerator {
    /// The rules for whole statements of PL/pgSQL.
    mutating func mutate(_ parts: [RoutineBody.Part]) {
        for (index, part) in parts.enumerated() {
            switch part {
            case .condition(let keyword, let tokens) where !tokens.isEmpty:
                dropParts(of: tokens)
                guard body.word(keyword) != "while" else { continue }
                add(.dropCheck, body.range(tokens), "false", shown: body.range(keyword..<tokens.upperBound))
            case .statement(let tokens):
                mutate(tokens, isOnlyOneOfBranch: isOnlyOneOfBranch(index, parts))
                if index + 1 < parts.count, case .statement(let next) = parts[index + 1] { move(tokens, next) }
            default: break
            }
        }
    }

    /// Then leaving it out is the same as never entering the branch.
    private func isOnlyOneOfBranch(_ index: Int, _ parts: [RoutineBody.Part]) -> Bool {
        guard index > 0, index + 1 < parts.count, case .condition = parts[index - 1], case .closing = parts[index + 1] else { return false }
        return true
    }

    private mutating func mutate(_ tokens: Range<Int>, isOnlyOneOfBranch: Bool) {
        let first = tokens.lowerBound
        switch body.word(first) {
        case "raise":
            let raises = tokens.count == 1 || !["notice", "warning", "info", "log", "debug"].contains(body.word(first + 1))
            if raises, !isOnlyOneOfBranch { add(.swallowError, tokens: tokens, "NULL") }
        case "perform":
            guard !isOnlyOneOfBranch else { return }
            add(calledName(tokens).contains("lock") ? .dropLock : .dropCall, tokens: tokens, "NULL")
        case "lock":
            add(.dropLock, tokens: tokens, "NULL")
        case "execute" where body.text(body.range(tokens)).contains("LOCK TABLE"):
            add(.dropLock, tokens: tokens, "NULL")
        case "exit", "continue":
            guard let when = tokens.first(where: { body.word($0) == "when" }) else { return }
            dropParts(of: when + 1..<tokens.upperBound)
            add(.dropCheck, body.range(when + 1..<tokens.upperBound), "false", shown: body.range(tokens))
        case "return" where !["query", "next"].contains(body.word(first + 1)) && tokens.count > 1:
            dropParts(of: first + 1..<tokens.upperBound)
        default: break
        }
    }

    /// `PERFORM schema.name(`: the name.
    private func calledName(_ tokens: Range<Int>) -> String {
        guard let parenthesis = tokens.first(where: { body.symbol($0) == "(" }) else { return "" }
        return body.word(parenthesis - 1)
    }

    private mutating func move(_ one: Range<Int>, _ other: Range<Int>) {
        // Nothing follows these, so that nothing could come before them.
        let leaves = ["return", "raise", "exit", "continue"].contains(body.word(one.lowerBound))
        let goesOn =
            ["query", "next", "notice", "warning"].contains(body.word(one.lowerBound + 1)) || one.contains { body.word($0) == "when" }
        guard !leaves || goesOn, body.word(one.lowerBound) != "null", body.word(other.lowerBound) != "null" else { return }
        guard !areIndependent(one, other) else { return }
        let (first, second) = (body.range(one), body.range(other))
        add(
            .moveStatement, first.lowerBound..<second.upperBound,
            body.text(second) + body.text(first.upperBound..<second.lowerBound) + body.text(first))
    }

    /// Whether one is an assignment without a call, and neither reads or sets what the other sets: then their order means nothing.
    private func areIndependent(_ one: Range<Int>, _ other: Range<Int>) -> Bool {
        // These read what is returned, or decide whether the other comes at all.
        for statement in [one, other] where ["return", "exit", "continue", "raise"].contains(body.word(statement.lowerBound)) {
            return false
        }
        switch (plainTarget(one), plainTarget(other)) {
        case (let target?, let otherTarget?): return !words(other).contains(target) && !words(one).contains(otherTarget)
        // What any other statement sets is one of its words.
        case (.some, nil), (nil, .some): return words(one).isDisjoint(with: words(other))
        case (nil, nil): return false
        }
    }

    private func words(_ tokens: Range<Int>) -> Set<String> {
        Set(tokens.filter { body.tokens[$0].kind == .word || body.tokens[$0].kind == .name }.map { body.tokens[$0].text })
    }

    /// The variable that an assignment without a call sets.
    private func plainTarget(_ tokens: Range<Int>) -> String? {
        guard let sign = tokens.first(where: { body.symbol($0) == ":=" }), sign > tokens.lowerBound else { return nil }
        let calls = (sign..<tokens.upperBound).contains { body.symbol($0) == "(" || body.word($0) == "found" }
        return calls ? nil : body.tokens[tokens.lowerBound].text
    }
}
