struct SQLToken: Sendable, Equatable {
    enum Kind: Sendable, Equatable { case word, quotedIdentifier, string, dollarString, number, parameter, symbol, comment, backslash }
    var kind: Kind
    /// Byte offsets.
    var range: Range<Int>
}
