/// When and how the server puts parts of a value in quotes.
enum Quoting {
    static func array(_ text: String) -> String {
        guard text.isEmpty || text.uppercased() == "NULL" || needsQuotes(text, special: "{},\"\\") else { return text }
        return quoted(text) { "\\" + $0 }
    }

    static func record(_ text: String) -> String {
        text.isEmpty || needsQuotes(text, special: "(),\"\\") ? quoted(text) { $0 + $0 } : text
    }

    static func range(_ text: String) -> String {
        text.isEmpty || needsQuotes(text, special: "()[],\"\\") ? quoted(text) { $0 + $0 } : text
    }

    private static func needsQuotes(_ text: String, special: String) -> Bool {
        text.utf8.contains { special.utf8.contains($0) || $0 == 32 || (9...13).contains($0) }
    }

    private static func quoted(_ text: String, _ escape: (String) -> String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted += escape(String(scalar)) } else { quoted.unicodeScalars.append(scalar) }
        }
        return quoted + "\""
    }
}
