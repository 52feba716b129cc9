/// Finds the columns of a result by the keys of Swift types. Belongs to one call.
final class ColumnIndex {
    let storage: ResultStorage
    let names: [String]
    private var byKey: [String: [Int]]

    init(_ storage: ResultStorage) {
        self.storage = storage
        names = (0..<storage.columnCount).map { storage.columnName($0) ?? "" }
        byKey = Dictionary(grouping: names.indices) { [names] in names[$0] }
    }

    /// The column for `key`; nil if there is none.
    func column(_ key: String) throws(PostgresError) -> Int? {
        if byKey[key] == nil { byKey[key] = byKey[Self.snakeCase(key)] ?? [] }
        let found = byKey[key] ?? []
        guard found.count <= 1 else {
            throw PostgresError(
                .decoding, "\(found.count) columns are named \"\(names[found[0]])\"", hint: "rename one of them in the statement, with AS")
        }
        return found.first
    }

    /// `createdAt` becomes `created_at`, `baseURLText` becomes `base_url_text`.
    static func snakeCase(_ key: String) -> String {
        var text = ""
        let letters = Array(key)
        for (index, letter) in letters.enumerated() {
            if letter.isUppercase, index > 0, letters[index - 1] != "_" {
                let startsWord = index + 1 < letters.count && letters[index + 1].isLowercase
                if !letters[index - 1].isUppercase || startsWord { text += "_" }
            }
            text += letter.lowercased()
        }
        return text
    }
}
