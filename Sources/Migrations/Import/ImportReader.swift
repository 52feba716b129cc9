/// Reads the files of another tool. Paths are relative to its folder.
struct ImportReader {
    let files: [(path: String, text: String)]

    func read(_ format: ImportFormat) throws(MigrationError) -> [ImportedMigration] {
        switch format {
        case .flyway: flyway()
        case .golangMigrate: golangMigrate()
        case .dbmate: sections("-- migrate:")
        case .goose: sections("-- +goose ")
        case .sqitch: try sqitch()
        case .diesel: diesel()
        }
    }

    func text(_ path: some StringProtocol) -> String? { files.first { $0.path == path }?.text }

    /// Flyway's baseline migrations, which become no step.
    func leftOut() -> [MigrationError.Problem] {
        files.compactMap { file in
            guard file.path.hasPrefix("B") || file.path.contains("/B"), file.path.contains(#/(^|/)B\d[\d._]*__[^/]*\.sql$/#) else {
                return nil
            }
            return .init(
                "a baseline migration was left out", file: file.path,
                hint: "databases that have it already: domainflow migrate baseline --target <number>")
        }
    }

    private static func name(_ path: String) -> Substring { path.split(separator: "/").last ?? "" }

    private func flyway() -> [ImportedMigration] {
        var migrations: [ImportedMigration] = []
        var undos: [[Int]: String] = [:]
        for file in files {
            let name = Self.name(file.path)
            if let match = name.wholeMatch(of: #/R__(.+)\.sql/#) {
                var migration = ImportedMigration(version: [], name: match.1, file: file.path)
                (migration.up, migration.isRepeatable) = (file.text, true)
                migrations.append(migration)
            } else if let match = name.wholeMatch(of: #/([VU])(\d+(?:[._]\d+)*)__(.+)\.sql/#) {
                let version = match.2.split { $0 == "." || $0 == "_" }.compactMap { Int($0) }
                if match.1 == "U" {
                    undos[version] = file.text
                    continue
                }
                let conf = text(file.path + ".conf")?.lowercased().filter { !$0.isWhitespace } ?? ""
                var migration = ImportedMigration(version: version, name: match.3, file: file.path)
                (migration.up, migration.isOutside) = (file.text, conf.contains("executeintransaction=false"))
                migrations.append(migration)
            }
        }
        for place in migrations.indices { migrations[place].down = undos[migrations[place].version] }
        return migrations
    }

    private static let dialects = ["postgres", "postgresql", "pg"]

    private func golangMigrate() -> [ImportedMigration] {
        var found: [[Int]: ImportedMigration] = [:]
        var special: Set<String> = []
        var ups: Set<[Int]> = []
        for file in files {
            guard let match = Self.name(file.path).wholeMatch(of: #/(\d+)_([^.]*)((?:\.[a-z0-9]+)*)\.(up|down)\.sql/#) else { continue }
            var marks = match.3.split(separator: ".").map(String.init)
            let isOutside = marks.last == "autocommit"
            if isOutside { marks.removeLast() }
            guard marks.isEmpty || marks.count == 1 && Self.dialects.contains(marks[0]) else { continue }
            // A file for PostgreSQL takes the place of the general one.
            let key = "\(match.1) \(match.4)"
            if marks.isEmpty, special.contains(key) { continue }
            if !marks.isEmpty { special.insert(key) }
            let fresh = ImportedMigration(digits: match.1, name: match.2, file: file.path)
            var migration = found[fresh.version] ?? fresh
            if match.4 == "up" {
                (migration.up, migration.isOutside) = (file.text, isOutside)
                ups.insert(fresh.version)
            } else {
                (migration.down, migration.isDownOutside) = (file.text, isOutside)
            }
            found[fresh.version] = migration
        }
        return found.filter { ups.contains($0.key) }.map(\.value)
    }

    /// Diesel compares versions as texts, of different lengths.
    private func diesel() -> [ImportedMigration] {
        let found = files.compactMap { file in
            file.path.wholeMatch(of: #/(?:.*/)?(\d[\d-]*)_([^/]*)/up\.sql/#).map { (file, digits: $0.1.filter(\.isNumber), name: $0.2) }
        }
        let width = found.map(\.digits.count).max() ?? 0
        return found.map { file, digits, name in
            let folder = file.path.dropLast("up.sql".count)
            let padded = digits + String(repeating: "0", count: width - digits.count)
            var migration = ImportedMigration(digits: padded, name: name, file: file.path)
            migration.up = file.text
            migration.down = text(folder + "down.sql")
            migration.isOutside = text(folder + "metadata.toml")?.contains("run_in_transaction = false") ?? false
            migration.isDownOutside = migration.isOutside
            return migration
        }
    }

    /// One file with marked halves.
    private func sections(_ mark: String) -> [ImportedMigration] {
        files.compactMap { file in
            guard let match = Self.name(file.path).wholeMatch(of: #/(\d+)_(.+)\.sql/#) else { return nil }
            var migration = ImportedMigration(digits: match.1, name: match.2, file: file.path)
            var section = ""
            var texts: [String: String] = [:]
            for line in file.text.split(separator: "\n", omittingEmptySubsequences: false) {
                guard line.trimmed.hasPrefix(mark) else {
                    texts[section, default: ""] += line + "\n"
                    continue
                }
                let words = line.trimmed.dropFirst(mark.count).lowercased().split(separator: " ").map(String.init)
                if words == ["no", "transaction"] { (migration.isOutside, migration.isDownOutside) = (true, true) }
                guard let word = words.first, word == "up" || word == "down" else { continue }
                section = word
                texts[section] = texts[section] ?? ""
                guard words.contains("transaction:false") else { continue }
                if word == "up" { migration.isOutside = true } else { migration.isDownOutside = true }
            }
            guard let text = texts["up"] else { return nil }
            migration.up = Self.tidy(text)
            migration.down = texts["down"].map(Self.tidy)
            return migration
        }
    }

    private static func tidy(_ text: String) -> String { String(text[...].trimmed) + "\n" }

    /// The plan gives the order. A change that occurs again was reworked: its earlier files carry the tag that followed.
    private func sqitch() throws(MigrationError) -> [ImportedMigration] {
        guard let plan = text("sqitch.plan") else {
            throw MigrationError(.badInput, "there is no sqitch.plan", hint: "name the folder that holds it")
        }
        var changes: [(name: String, tag: String?)] = []
        for line in plan.split(separator: "\n").map(\.trimmed) where !line.isEmpty && line.first != "%" && line.first != "#" {
            let word = line.splitAtFirstSpace.0
            if word.first == "@" {
                for place in changes.indices where changes[place].tag == nil { changes[place].tag = String(word) }
            } else {
                changes.append((String(word), nil))
            }
        }
        var migrations: [ImportedMigration] = []
        for (place, change) in changes.enumerated() {
            let isReworked = changes[(place + 1)...].contains { $0.name == change.name }
            let file = change.name + (isReworked ? change.tag ?? "" : "") + ".sql"
            guard let up = text("deploy/" + file) else {
                throw MigrationError(.badInput, "sqitch.plan names \(change.name), but there is no deploy/\(file)", file: "sqitch.plan")
            }
            var migration = ImportedMigration(version: [place + 1], name: change.name, file: "deploy/" + file)
            (migration.up, migration.down) = (up, text("revert/" + file))
            migrations.append(migration)
        }
        return migrations
    }
}
