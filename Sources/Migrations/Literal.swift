// Literals for scripts that the runner sends in one message, where parameters are not to be had.

enum Literal {
    /// E'' with doubled backslashes reads the same whatever standard_conforming_strings says.
    static func text(_ value: String) -> String {
        "E'" + value.replacing("\\", with: "\\\\").replacing("'", with: "\\'").replacing("\0", with: "") + "'"
    }

    static func text(_ value: String?) -> String { value.map { text($0) } ?? "NULL" }

    static func number(_ value: Int?) -> String { value.map { "\($0)" } ?? "NULL" }
}
