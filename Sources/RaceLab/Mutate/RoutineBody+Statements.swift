extension RoutineBody {
    /// What a PL/pgSQL body is made of, in the order of the text.
    enum Part {
        /// IF, ELSIF, WHILE: the keyword and the condition.
        case condition(keyword: Int, Range<Int>)
        /// A statement without statements in it, without its semicolon.
        case statement(Range<Int>)
        /// DECLARE up to BEGIN.
        case declarations(Range<Int>)
        /// ELSE, LOOP, BEGIN, a branch of CASE or EXCEPTION, the head of a FOR.
        case opening
        case closing
    }

    func parts() -> [Part] {
        var parts: [Part] = []
        var index = tokens.indices.first { word($0) == "declare" || word($0) == "begin" } ?? tokens.count
        while index < tokens.count {
            let start = index
            switch word(index) {
            case "begin", "else", "loop", "exception":
                parts.append(.opening)
                index += 1
            case "declare":
                while index < tokens.count, word(index) != "begin" { index = skip(index) }
                parts.append(.declarations(start..<index))
            case "if", "elsif", "elseif", "while":
                index = end(from: start + 1, before: ["then", "loop"])
                parts.append(.condition(keyword: start, start + 1..<index))
                index += 1
            case "for", "foreach":
                index = end(from: start + 1, before: ["loop"]) + 1
                parts.append(.opening)
            case "case":
                index = end(from: start + 1, before: ["when"])
                parts.append(.opening)
            case "when":
                index = end(from: start + 1, before: ["then"]) + 1
                parts.append(.opening)
            case "end":
                while index < tokens.count, symbol(index) != ";" { index += 1 }
                index += 1
                parts.append(.closing)
            default:
                if symbol(index) == "<<" {
                    while index < tokens.count, symbol(index) != ">>" { index += 1 }
                    index += 1
                    continue
                }
                index = end(from: start, before: [])
                if index > start { parts.append(.statement(start..<index)) }
                index += 1
            }
        }
        return parts
    }
}
