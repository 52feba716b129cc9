package struct SQLToken: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case word, quotedIdentifier, string, dollarString, number, parameter, symbol, comment, backslash
    }
    package var kind: Kind
    /// Byte offsets.
    package var range: Range<Int>
}
