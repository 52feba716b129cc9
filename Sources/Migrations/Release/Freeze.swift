import Foundation

/// Makes a release of the unreleased steps: pins their includes to it, adds their checksums to migrations.lock, and generates the scripts
/// of the extension. From then on the text that the steps expand to never changes.
public struct Freeze {
    public let source: StepSource
    public var extensionDirectory: URL
    /// The name of the extension and of its files.
    public let name: String

    static let versionFile = "functions/meta/version.sql"

    public init(source: StepSource, extensionDirectory: URL, name: String = "domainflow") {
        self.source = source
        self.extensionDirectory = extensionDirectory
        self.name = name
    }

    /// Writes a release and returns the paths of its files. Writes nothing if it finds a problem.
    ///
    /// - Parameter fingerprint: what catalog_fingerprint() returns in a database with these steps, for the lock.
    public func freeze(release: String, fingerprint: String? = nil) throws(MigrationError) -> [String] {
        guard let root = source.root else {
            throw MigrationError(.badInput, "built-in steps cannot be frozen", hint: "name the directory with --dir")
        }
        guard let number = Release(release) else {
            throw MigrationError(.badInput, "\"\(release)\" is not a release number", hint: "use numbers separated by dots, e.g. 0.1.0")
        }
        let set = try source.load()
        try refuseUnfit(set, release: number)
        let fresh = set.steps.filter { set.lock[$0.id] == nil }
        var lock = set.lock
        for step in fresh { lock.append(.init(id: step.id, checksum: step.checksum, release: release)) }
        if let fingerprint { lock.setFingerprint(fingerprint, of: release) }

        var files: [(url: URL, text: String)] = []
        for step in fresh { files.append((root.appending(path: step.file), try pinned(step, in: set, to: release))) }
        files.append((root.appending(path: "migrations.lock"), lock.text))
        files += try scripts(set.steps, lock: lock, release: release)
        files.append((controlFile, control(release)))
        try Self.write(files)
        try removeOldScripts(set.steps, lock: lock, newest: release)
        return files.map { $0.url.path(percentEncoded: false) }
    }

    /// Writes the scripts of any release into another folder: the project keeps only the newest full and plain script.
    public func writeScripts(of release: String, into folder: URL) throws(MigrationError) -> [String] {
        let set = try source.load()
        let problems = MigrationPlan(set, history: [], target: nil, allowOutOfOrder: false).sourceProblems
        guard problems.isEmpty else { throw MigrationError(.badInput, problems) }
        guard set.lock.releases.contains(release) else {
            throw MigrationError(
                .badInput, "\"\(release)\" is not a release of \(source.label)",
                hint: "its releases are \(set.lock.releases.joined(separator: ", "))")
        }
        var elsewhere = self
        elsewhere.extensionDirectory = folder
        let files = try elsewhere.scripts(set.steps, lock: set.lock, release: release, flat: true)
        try Self.write(files)
        return files.map { $0.url.path(percentEncoded: false) }
    }

    /// The step's file with its open includes pinned to the release that first froze the same text, or else to this one.
    private func pinned(_ step: Step, in set: StepSet, to release: String) throws(MigrationError) -> String {
        guard let text = try source.text(of: step.file) else { throw MigrationError(.badInput, "the file is missing", file: step.file) }
        let bodies = step.expanded.bodies()
        var lines: [String] = []
        let layout = FileLayout(text.lines)
        for (index, line) in text.lines.enumerated() {
            guard !layout.isInside(index),
                case .include(let path, nil, let isPrelude) = try Directive.parse(line, file: step.file, number: index + 1)
            else {
                lines.append(String(line))
                continue
            }
            let first = set.steps.first { other in set.lock[other.id] != nil && other.expanded.bodies()[path] == bodies[path] }
            lines.append("--! \(isPrelude ? "prelude " : "")include \(path) @\(first.flatMap { set.lock[$0.id]?.release } ?? release)")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// Keeps a script that differs from what the steps generate: someone has edited it.
    private func removeOldScripts(_ steps: [Step], lock: ReleaseLock, newest: String) throws(MigrationError) {
        for release in lock.releases where release != newest {
            for (url, text) in try scripts(steps, lock: lock, release: release) where !url.path.contains("/updates/") {
                guard (try? String(contentsOf: url, encoding: .utf8)) == text else { continue }
                try? FileManager.default.removeItem(at: url)
            }
        }
    }

    static func write(_ files: [(url: URL, text: String)]) throws(MigrationError) {
        for file in files {
            do {
                try FileManager.default.createDirectory(at: file.url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(file.text.utf8).write(to: file.url, options: .atomic)
            } catch {
                throw MigrationError(.badInput, "cannot write \(file.url.path(percentEncoded: false)): \(error.localizedDescription)")
            }
        }
    }

    private func refuseUnfit(_ set: StepSet, release: Release) throws(MigrationError) {
        var problems = MigrationPlan(set, history: [], target: nil, allowOutOfOrder: false).sourceProblems
        for step in set.repeatable {
            problems.append(
                .init(
                    "a repeatable step belongs to no release, so no script would contain it", file: step.file, line: 1,
                    hint: "put its statements into a numbered step"))
        }
        let fresh = set.steps.filter { set.lock[$0.id] == nil }
        let newest = set.lock.releases.last.flatMap(Release.init)
        let lastReleased = set.steps.last { set.lock[$0.id] != nil }
        for step in fresh where lastReleased.map({ step.number < $0.number }) ?? false {
            problems.append(
                .init(
                    "\(step.id) is numbered below \(lastReleased?.id ?? ""), which is already released", file: step.file, line: 1,
                    hint: "databases with that release would apply it out of order: give it a higher number"))
        }
        if fresh.isEmpty, newest != release {
            problems.append(.init("every step is already released, so there is nothing to release as \(release.text)"))
        }
        if !fresh.isEmpty, let newest, !(newest < release) {
            problems.append(
                .init(
                    "\(release.text) is not above \(newest.text), which is already released",
                    hint: "choose a higher number: a release never changes"))
        }
        let configured = Set(set.steps.flatMap { $0.header.config.map(\.table) })
        for step in fresh {
            do {
                _ = try FreezeScripts.text(of: step)
                problems += try Self.undeclaredSeeds(step, configured)
            } catch { problems += error.problems }
        }
        if let problem = try wrongVersion(set, release: release.text) { problems.append(problem) }
        guard problems.isEmpty else { throw MigrationError(.badInput, problems) }
    }

    /// Rows that both the extension's script inserts and pg_dump dumps would collide at restore.
    private static func undeclaredSeeds(_ step: Step, _ configured: Set<String>) throws(MigrationError) -> [MigrationError.Problem] {
        var problems: [MigrationError.Problem] = []
        for statement in try step.statements() {
            var reader = WordReader(statement)
            guard reader.skip("insert", "into"), let table = reader.name(), table.contains("."), !configured.contains(table) else {
                continue
            }
            problems.append(
                .init(
                    "seed rows for \(table), which pg_dump would dump as well", file: statement.origin.file, line: statement.origin.line,
                    hint: "in the step: --! config: \(table) none, or --! config: \(table) WHERE <condition for rows that are not seeds>"))
        }
        return problems
    }

    /// The function that returns a database's release must return this one, and a step must install it.
    private func wrongVersion(_ set: StepSet, release: String) throws(MigrationError) -> MigrationError.Problem? {
        guard let file = try source.text(of: Self.versionFile) else { return nil }
        guard file.lines.contains(where: { $0.contains("'\(release)'") }) else {
            return .init(
                "version() does not return '\(release)'", file: Self.versionFile, line: 1,
                hint: "edit it: databases report this value as their release")
        }
        guard let body = Self.newestBodies(set.steps)[Self.versionFile], body.contains("'\(release)'") else {
            return .init(
                "no step installs the version() that returns '\(release)'", file: Self.versionFile, line: 1,
                hint: "add to the newest step: --! include \(Self.versionFile)")
        }
        return nil
    }

    func scripts(_ steps: [Step], lock: ReleaseLock, release: String, flat: Bool = false) throws(MigrationError) -> [(
        url: URL, text: String
    )] {
        let released = steps.compactMap { step in lock[step.id].map { (step: step, release: $0.release) } }
        let scripts = FreezeScripts(name: name, steps: released)
        var files = [
            (extensionDirectory.appending(path: "\(name)--\(release).sql"), try scripts.full(release)),
            (extensionDirectory.appending(path: "\(name)-\(release).plain.sql"), try scripts.plain(release)),
        ]
        let releases = lock.releases
        if let place = releases.firstIndex(of: release), place > 0 {
            let old = releases[place - 1]
            files.append(
                (
                    extensionDirectory.appending(path: "\(flat ? "" : "updates/")\(name)--\(old)--\(release).sql"),
                    try scripts.update(from: old, to: release)
                ))
        }
        return files
    }

    var controlFile: URL { extensionDirectory.appending(path: "\(name).control") }

    /// Changes only the version in an existing control file.
    func control(_ release: String) -> String {
        guard let text = try? String(contentsOf: controlFile, encoding: .utf8) else {
            return """
                comment = 'Versioned stored functions for backends'
                default_version = '\(release)'
                schema = pg_catalog
                relocatable = false
                superuser = true

                """
        }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if let place = lines.firstIndex(where: { $0.split(separator: "=").first?.trimmed == "default_version" }) {
            lines[place] = "default_version = '\(release)'"
        } else {
            lines.insert("default_version = '\(release)'", at: 0)
        }
        return lines.joined(separator: "\n")
    }

    /// The text of each included file, as the last step that includes it expands it.
    static func newestBodies(_ steps: [Step]) -> [String: String] {
        var bodies: [String: String] = [:]
        for step in steps { bodies.merge(step.expanded.bodies()) { _, new in new } }
        return bodies
    }
}
