/// The types and relations of a model as its text has them, to show what another text changes. Whether the text is valid is for the server
/// to say.
struct ModelRelations {
    /// The expression of each `type#relation`, spaced evenly; empty for a type.
    private(set) var expressions: [String: String] = [:]
    /// In the order of the text.
    private(set) var names: [String] = []

    init(_ source: String) {
        let words = Self.words(source)
        var type = ""
        var index = 0
        while index < words.count {
            let keyword = Self.isKeyword(words, at: index) ? words[index] : ""
            let name = index + 1 < words.count ? words[index + 1] : ""
            index += 1
            if keyword == "type" {
                type = name
                add(type, "")
                index += 1
            } else if keyword == "define" {
                // After the name and the colon.
                let start = min(index + 2, words.count)
                index = (start..<words.count).first { Self.isKeyword(words, at: $0) } ?? words.count
                add("\(type)#\(name)", Self.joined(words[start..<index]))
            }
        }
    }

    private mutating func add(_ name: String, _ expression: String) {
        if expressions.updateValue(expression, forKey: name) == nil { names.append(name) }
    }

    private static func words(_ source: String) -> [String] {
        ModelFile.lines(source).flatMap { line in
            line.replacing(/(^|\s)#.*/, with: "").matches(of: /[A-Za-z0-9_][A-Za-z0-9_.\-]*|[\[\]():,#*]/).map { String($0.output) }
        }
    }

    /// Whether a word begins a definition; a relation may have the name of a keyword.
    private static func isKeyword(_ words: [String], at index: Int) -> Bool {
        guard ["type", "define", "condition"].contains(words[index]) else { return false }
        return index == 0 || !["or", "and", "not", "from", ":", "(", "[", ",", "#", "define", "type"].contains(words[index - 1])
    }

    private static func joined(_ words: ArraySlice<String>) -> String {
        var text = ""
        var previous = "("
        for word in words {
            if !["(", "[", "#", ":"].contains(previous), !["]", ")", ",", ":", "#", "*"].contains(word) { text += " " }
            text += word
            previous = word
        }
        return text
    }
}
