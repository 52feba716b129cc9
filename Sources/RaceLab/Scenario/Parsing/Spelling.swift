/// Finds what somebody meant by a name that does not exist.
enum Spelling {
    /// Up to five names, the nearest first: those that contain this one or are contained in it, and those that differ in few letters.
    static func near<Name>(_ word: String, among names: [Name], _ text: (Name) -> String) -> [Name] {
        names.compactMap { name -> (name: Name, distance: Int)? in
            let other = text(name)
            let distance = other.contains(word) || word.contains(other) ? 1 : distance(word, other)
            return distance <= max(2, word.count / 3) ? (name, distance) : nil
        }.sorted { $0.distance < $1.distance }.prefix(5).map(\.name)
    }

    /// How many letters must be put in, taken out or changed to get from one word to the other (Levenshtein, 1965).
    static func distance(_ one: String, _ other: String) -> Int {
        var row = Array(0...other.count)
        for (i, a) in one.enumerated() {
            var corner = row[0]
            row[0] = i + 1
            for (j, b) in other.enumerated() {
                (corner, row[j + 1]) = (row[j + 1], min(row[j] + 1, row[j + 1] + 1, corner + (a == b ? 0 : 1)))
            }
        }
        return row[other.count]
    }
}
