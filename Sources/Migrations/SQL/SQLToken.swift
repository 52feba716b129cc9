package struct SQLToken: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case word, quotedIdentifier, string, dollarString, number, parameter, symbol, comment, backslash
        /// `:'name'` or `:"name"`, as psql writes them.
        case placeholder
        /// The lines after COPY … FROM STDIN, up to and including the line `\.`.
        case copyData
    }
    package var kind: Kind
    /// Byte offsets.
    package var range: Range<Int>
}
