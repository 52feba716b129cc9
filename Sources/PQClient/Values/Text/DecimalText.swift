import Foundation

/// A numeric's text as a `Decimal`.
enum DecimalText {
    /// nil for more than 38 digits, which might be rounded, and for text that is neither a finite number nor `NaN`.
    static func parse(_ text: String) -> Decimal? {
        if text == "NaN" { return .nan }
        // Decimal itself reads what it can of a text and ignores the rest: of 00:00:02.5 it takes 0.
        guard Double(text) != nil, !text.contains("x") else { return nil }
        let digits = text.drop { $0 == "-" }.filter(\.isNumber).drop { $0 == "0" }
        guard digits.count <= 38, text.contains(where: \.isNumber), let value = Decimal(string: text), !value.isNaN else { return nil }
        return value
    }
}
