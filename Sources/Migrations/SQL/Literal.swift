/// Literals for scripts that the runner sends in one message, which cannot take parameters.
enum Literal {
    /// E'' with escaped backslashes means the same whatever standard_conforming_strings is. Works on scalars, as the server does: a quote
    /// followed by a combining character is a different `Character`.
    static func text(_ value: String) -> String {
        var literal = "E'"
        for scalar in value.unicodeScalars where scalar != "\0" {
            if scalar == "'" || scalar == "\\" { literal += "\\" }
            literal.unicodeScalars.append(scalar)
        }
        return literal + "'"
    }

    static func text(_ value: String?) -> String { value.map { text($0) } ?? "NULL" }

    static func number(_ value: Int?) -> String { value.map { "\($0)" } ?? "NULL" }
}
