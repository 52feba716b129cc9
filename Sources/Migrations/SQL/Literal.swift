// Literals for scripts that the runner sends in one message, where parameters are not to be had.

enum Literal {
    /// E'' with doubled backslashes reads the same whatever standard_conforming_strings says. By scalars, as the server reads: a quote
    /// with a combining character behind it is another `Character`.
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
