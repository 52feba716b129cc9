/// The names that a function's body mentions: words with and without a schema before them.
///
/// Names in strings and comments count too, because dynamic SQL names its tables there: one table too many is better than one too few.
struct CatalogNames {
    private(set) var bare: Set<String> = []
    private(set) var qualified: Set<[String]> = []

    init(in body: String) {
        var previous: String?
        var rest = Substring(body)
        while let first = rest.first {
            if first == "\"" {
                rest.removeFirst()
                take(String(rest.prefix { $0 != "\"" }), after: &previous, &rest, skip: 1)
            } else if first.isLetter || first == "_" {
                take(String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" }), after: &previous, &rest, skip: 0)
            } else {
                rest.removeFirst()
                previous = nil
            }
        }
    }

    private mutating func take(_ word: String, after previous: inout String?, _ rest: inout Substring, skip: Int) {
        rest = rest.dropFirst(word.count + skip)
        let name = skip == 0 ? word.lowercased() : word
        if let schema = previous { qualified.insert([schema, name]) } else { bare.insert(name) }
        previous = nil
        guard rest.first == "." else { return }
        rest.removeFirst()
        previous = name
    }

    /// - Parameter path: the schemas that names without one are looked up in.
    func mention(schema: String, name: String, path: [String]) -> Bool {
        qualified.contains([schema, name]) || path.contains(schema) && bare.contains(name)
    }
}
