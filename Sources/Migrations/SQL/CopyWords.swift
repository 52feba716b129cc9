/// Follows the words of a statement, to tell where the data of a COPY … FROM STDIN begin.
struct CopyWords {
    private var first: String?
    private var last = ""
    private var depth = 0
    private(set) var takesData = false
    /// The semicolon of a COPY … FROM STDIN was just read.
    private(set) var isBeforeData = false

    mutating func read(_ token: SQLToken, _ bytes: [UInt8]) {
        switch token.kind {
        case .comment: return
        case .symbol:
            switch bytes[token.range.lowerBound] {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"): depth -= 1
            case UInt8(ascii: ";"):
                guard takesData else {
                    self = CopyWords()
                    return
                }
                isBeforeData = true
            default: break
            }
        case .word where first == nil || first == "copy" && depth == 0:
            let word = String(decoding: bytes[token.range], as: UTF8.self).lowercased()
            if first == nil { first = word }
            if last == "from", word == "stdin" { takesData = true }
            last = word
            return
        default: break
        }
        if first == nil { first = "" }
        last = ""
    }
}
