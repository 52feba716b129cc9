/// COPY's text format.
public enum CopyText {
    /// One row: values separated by tabs, NULL as `\N`, backslashes and control characters escaped.
    public static func row(_ values: [PostgresValue]) -> String {
        values.map { $0.text.map(escape) ?? "\\N" }.joined(separator: "\t")
    }

    private static func escape(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 < 0x20 }) else { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\r": escaped += "\\r"
            case "\t": escaped += "\\t"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
