/// One migration of another tool.
struct ImportedMigration {
    /// Its place in the order; `[2, 10]` for flyway's V2.10. Digits that fill more than an integer are several.
    var version: [Int]
    /// Nil where the version is no integer of at most 18 digits.
    var number: Int?
    var name: String
    /// Relative to the imported folder.
    var file: String
    var up = ""
    var down: String?
    /// The other tool ran it outside a transaction.
    var isOutside = false
    var isDownOutside = false
    var isRepeatable = false

    init(version: [Int], name: some StringProtocol, file: String) {
        (self.version, self.name, self.file) = (version, String(name), file)
        number = version.count == 1 ? version[0] : nil
    }

    init(digits: some StringProtocol, name: some StringProtocol, file: String) {
        let padded = String(repeating: "0", count: max(0, 36 - digits.count)) + digits
        self.init(version: [Int(padded.prefix(18)) ?? 0, Int(padded.dropFirst(18)) ?? 0], name: name, file: file)
        number = version[0] == 0 ? version[1] : nil
    }
}
