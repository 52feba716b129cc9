import Foundation

/// The directory of another migration tool, rewritten as steps of ours. The texts stay as they are, but for what the other tool reads in
/// them: its comments, BEGIN and COMMIT around the whole, placeholders.
public struct ImportedDirectory: Sendable {
    public let format: ImportFormat
    /// Texts by file name.
    public private(set) var files: [String: String] = [:]
    /// What the import could not decide: placeholders inside strings, statements that no step may contain, files that were left out.
    public private(set) var problems: [MigrationError.Problem] = []
    /// The highest number, for `baseline --target` where the other tool has applied all of them.
    public private(set) var lastNumber = 0

    /// - Parameter format: nil finds it out.
    /// - Parameter replacing: texts that a template engine of the other tool would replace, with what they become.
    public init(
        directory: URL, format: ImportFormat? = nil, replacing replacements: [(text: String, with: String)] = []
    ) throws(MigrationError) {
        let path = directory.path(percentEncoded: false)
        guard let names = FileManager.default.enumerator(atPath: path)?.compactMap({ $0 as? String }) else {
            throw MigrationError(.badInput, "no such directory: \(path)", hint: "name the folder with the other tool's migrations")
        }
        var texts: [(path: String, text: String)] = []
        for name in names.sorted() where [".sql", ".plan", ".conf", "/metadata.toml"].contains(where: name.lowercased().hasSuffix) {
            guard let bytes = try? Data(contentsOf: directory.appending(path: name)) else { continue }
            var text = try SourceText(file: name, bytes: bytes).lines.map { $0 + "\n" }.joined()
            for replaced in replacements { text = text.replacing(replaced.text, with: replaced.with) }
            texts.append((name, text))
        }
        guard let format = format ?? ImportFormat.detect(texts) else {
            throw MigrationError(
                .badInput, "\(path) has no migrations of a known tool",
                hint: "name the folder that holds its files; known are \(ImportFormat.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.format = format
        let reader = ImportReader(files: texts)
        let migrations = try reader.read(format)
        guard !migrations.isEmpty else {
            throw MigrationError(
                .badInput, "\(path) has no migrations of \(format.rawValue)", hint: "name the folder that holds them, or another --format")
        }
        problems = reader.leftOut()
        write(migrations)
        try check()
    }

    /// Writes the steps into a folder, which it makes; overwrites nothing. Returns the paths.
    public func write(into folder: URL) throws(MigrationError) -> [String] {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for name in files.keys.sorted() {
                try Data((files[name] ?? "").utf8).write(to: folder.appending(path: name), options: .withoutOverwriting)
            }
        } catch {
            throw MigrationError(
                .badInput, "cannot write into \(folder.path(percentEncoded: false)): \(error.localizedDescription)",
                hint: "name a new or empty folder with --into")
        }
        return files.keys.sorted().map { folder.appending(path: $0).path(percentEncoded: false) }
    }

    /// Keeps the numbers, unless one is no integer or a file becomes several steps.
    private mutating func write(_ migrations: [ImportedMigration]) {
        let numbered = migrations.filter { !$0.isRepeatable }.sorted { $0.version.lexicographicallyPrecedes($1.version) }
        let cut = numbered.map { (ups: ImportedText($0.up, isOutside: $0.isOutside).parts, downs: downs($0)) }
        let keeps =
            Set(numbered.compactMap(\.number)).count == numbered.count
            && cut.allSatisfy { max($0.ups.count, $0.downs?.count ?? 0) <= 1 }
        let total = cut.map { max($0.ups.count, $0.downs?.count ?? 0, 1) }.reduce(0, +)
        let width = max(4, String(keeps ? numbered.last?.number ?? 0 : total).count)
        var next = 1
        for (migration, parts) in zip(numbered, cut) {
            let count = max(parts.ups.count, parts.downs?.count ?? 0, 1)
            for place in 0..<count {
                let number = keeps ? migration.number ?? next : next
                next += 1
                lastNumber = number
                let digits = String(number)
                let id =
                    String(repeating: "0", count: max(0, width - digits.count)) + digits + "_" + Self.slug(migration.name)
                    + (count > 1 ? "_\(place + 1)" : "")
                let name = migration.file
                files[id + ".sql"] =
                    parts.ups.indices.contains(place) ? parts.ups[place].text : "-- Nothing; its down file reverts a part of \(name).\n"
                // The last part is reverted first.
                guard let downs = parts.downs else { continue }
                let mirrored = count - 1 - place
                files[id + ".down.sql"] =
                    downs.indices.contains(mirrored)
                    ? downs[mirrored].text : "-- Nothing; what it would revert goes with a part of \(name).\n"
            }
        }
        for migration in migrations where migration.isRepeatable {
            files["R_\(Self.slug(migration.name)).sql"] = ImportedText(migration.up, isOutside: false).parts.map(\.text).joined()
        }
    }

    private func downs(_ migration: ImportedMigration) -> [ImportedText.Part]? {
        migration.down.map { ImportedText($0, isOutside: migration.isDownOutside).parts }
    }

    static func slug(_ name: String) -> String {
        let slug = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") ? $0 : "_" })
        return slug.isEmpty ? "step" : slug
    }

    private mutating func check() throws(MigrationError) {
        do {
            let set = try StepSource(files: files).load()
            for step in set.steps + set.repeatable {
                do { _ = try step.statements() } catch { problems += error.problems }
                do { _ = try step.down?.statements() } catch { problems += error.problems }
            }
        } catch {
            problems += error.problems
        }
        for (name, text) in files.sorted(by: { $0.key < $1.key }) {
            for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                guard let found = line.firstMatch(of: #/\$\{\w[^}]*\}|\{\{[^}]*\}\}/#) else { continue }
                problems.append(
                    .init(
                        "placeholder \(found.0) inside a longer string", file: name, line: index + 1,
                        hint:
                            "import again with --replace '\(found.0)=<value>'; or write :'name' for a literal, :\"name\" for an identifier")
                )
            }
        }
    }
}
