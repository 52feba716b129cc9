struct ScenarioToken: Equatable {
    enum Kind: Equatable {
        case word(String)
        case string(String)
        case number(Int)
        /// `asWritten` keeps lines' ends, as isolationtester prints steps.
        case block(String, asWritten: String)
        case mark(Character)
        case end
    }
    var kind: Kind
    var line, column: Int
    /// Where the first character of a block's text stands, for errors inside the block.
    var textLine = 0, textColumn = 0

    /// How messages name the token.
    var spelled: String {
        switch kind {
        case .word(let word): "'\(word)'"
        case .string(let text): "\"\(text)\""
        case .number(let value): "\(value)"
        case .block: "a { block }"
        case .mark(let mark): "'\(mark)'"
        case .end: "the end of the file"
        }
    }
}
