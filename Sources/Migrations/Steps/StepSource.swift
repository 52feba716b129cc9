import Foundation

/// Where steps come from: the program itself, or a directory.
///
/// Loading checks everything that needs no database, and reports all broken steps at once.
public struct StepSource: Sendable {
    /// The steps that this program was built with.
    public static let embedded = StepSource(files: EmbeddedSteps.files)

    /// For messages: the directory, or "built-in steps".
    public let label: String
    /// "migrations/" or "".
    let folder: String
    /// Nil for the built-in steps.
    let root: URL?
    private let stepNames: [String]
    /// What lies beside the steps and looks like some, but is not read: names that end in .SQL, folders that hold numbered files.
    public let ignored: [String]
    private var read: @Sendable (String) throws(MigrationError) -> SourceText?

    /// Texts by their path relative to the root, e.g. `migrations/0001_meta.sql`.
    public init(files: [String: String]) {
        label = "built-in steps"
        root = nil
        let folder = files.keys.contains { $0.hasPrefix("migrations/") } ? "migrations/" : ""
        self.folder = folder
        ignored = []
        stepNames = files.keys.compactMap { path in
            guard path.hasPrefix(folder), path.hasSuffix(".sql") else { return nil }
            let name = path.dropFirst(folder.count)
            return name.contains("/") ? nil : String(name)
        }
        read = { path throws(MigrationError) in
            guard let text = files[path] else { return nil }
            return try SourceText(file: path, text: text)
        }
    }

    /// A directory that contains NNNN_slug.sql files, or a folder `migrations` with them. Includes are relative to the parent of
    /// `migrations`, or to the directory itself.
    public init(directory: URL) throws(MigrationError) {
        let directory = directory.standardizedFileURL
        label = directory.path(percentEncoded: false)
        guard Self.isDirectory(directory) else {
            throw MigrationError(
                .badInput, "no such directory: \(directory.path(percentEncoded: false))",
                hint: "--dir names a folder that contains NNNN_slug.sql files, or a folder migrations/ with them")
        }
        let root: URL
        if Self.isDirectory(directory.appending(path: "migrations")) {
            (root, folder) = (directory, "migrations/")
        } else if directory.lastPathComponent == "migrations" {
            (root, folder) = (directory.deletingLastPathComponent(), "migrations/")
        } else {
            (root, folder) = (directory, "")
        }
        self.root = root
        do {
            let path = root.appending(path: folder.isEmpty ? "." : folder).path(percentEncoded: false)
            let names = try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix(".") }.sorted()
            stepNames = names.filter { $0.hasSuffix(".sql") }
            let folder = folder
            ignored = names.filter { Self.looksLikeSteps(URL(fileURLWithPath: path).appending(path: $0)) }.map { folder + $0 }
        } catch {
            throw MigrationError(.badInput, "cannot read \(label): \(error.localizedDescription)")
        }
        read = { path throws(MigrationError) in
            let url = root.appending(path: path)
            guard FileManager.default.fileExists(atPath: url.path(percentEncoded: false)) else { return nil }
            do {
                return try SourceText(file: path, bytes: Data(contentsOf: url))
            } catch let error as MigrationError {
                throw error
            } catch {
                throw MigrationError(.badInput, "cannot be read: \(error.localizedDescription)", file: path)
            }
        }
    }

    private static func looksLikeSteps(_ url: URL) -> Bool {
        guard isDirectory(url) else { return url.pathExtension.lowercased() == "sql" && url.pathExtension != "sql" }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path(percentEncoded: false))) ?? []
        return names.contains { $0.lowercased().hasSuffix(".sql") && StepName($0) != nil }
    }

    private static func isDirectory(_ url: URL) -> Bool {
        var directory: ObjCBool = false
        return FileManager.default.fileExists(atPath: url.path(percentEncoded: false), isDirectory: &directory) && directory.boolValue
    }

    /// Whether both begin with the same step, name and text: another version of the same source.
    public func continues(_ other: StepSource) -> Bool {
        guard let mine = firstStep, let theirs = other.firstStep, mine.file == theirs.file else { return false }
        return (try? step(mine, down: nil).checksum == other.step(theirs, down: nil).checksum) ?? false
    }

    private var firstStep: StepName? {
        stepNames.compactMap(StepName.init).filter { !$0.isDown && $0.number != Step.repeatableNumber }.min { $0.number < $1.number }
    }

    /// The release that the steps bring a database to: `0.3.5`, or `0.3.5 and 2 unreleased steps`. Reads only the lock.
    public var carries: String {
        let lock = (try? read(Self.lockFile)).flatMap { try? ReleaseLock($0.lines.joined(separator: "\n"), file: Self.lockFile) }
        let steps = stepNames.compactMap(StepName.init).filter { !$0.isDown && $0.number != Step.repeatableNumber }
        return Self.release(lock?.releases.last, unreleased: steps.count { lock?[String($0.file.dropLast(4))] == nil })
    }

    /// A release and the steps beyond it, in words.
    public static func release(_ newest: String?, unreleased: Int) -> String {
        let steps = unreleased == 0 ? nil : "\(unreleased) unreleased step\(unreleased == 1 ? "" : "s")"
        return [newest, steps].compactMap { $0 }.joined(separator: " and ")
    }

    private static let lockFile = "migrations.lock"

    func text(of path: String) throws(MigrationError) -> SourceText? { try read(path) }

    /// Whether there is such a file below the root of the steps.
    public func contains(_ path: String) throws(MigrationError) -> Bool { try read(path) != nil }

    /// A copy with another text for one file.
    func replacing(_ path: String, with text: SourceText) -> StepSource {
        var source = self
        source.read = { [read] other throws(MigrationError) in other == path ? text : try read(other) }
        return source
    }

    /// All steps in order, and the lock. `allowEmpty` is for a directory that is about to receive its first step.
    public func load(allowEmpty: Bool = false) throws(MigrationError) -> StepSet {
        var problems: [MigrationError.Problem] = []
        var names: [Int: StepName] = [:]
        var downs: [Int: StepName] = [:]
        var repeatableNames: [StepName] = []
        for text in stepNames.sorted() {
            guard let name = StepName(text) else {
                problems.append(
                    .init(
                        "the name is not of the form NNNN_slug.sql or R_slug.sql", file: folder + text,
                        hint: "rename it, or move it into another folder if steps include it"))
                continue
            }
            if name.number == Step.repeatableNumber {
                repeatableNames.append(name)
            } else if let other = name.isDown ? downs[name.number] : names[name.number] {
                problems.append(
                    .init(
                        "step number \(name.number) is already used by \(other.file)", file: folder + text, line: 1,
                        hint: "give one of them an unused number"))
            } else if name.isDown {
                downs[name.number] = name
            } else {
                names[name.number] = name
            }
        }
        for (number, down) in downs where names[number]?.slug != down.slug {
            problems.append(
                .init(
                    "there is no step \(down.file.dropLast(9)).sql to revert", file: folder + down.file, line: 1,
                    hint: "name it after its step"))
        }
        var steps: [Step] = []
        steps.reserveCapacity(names.count)
        for name in names.values.sorted(by: { $0.number < $1.number }) + repeatableNames {
            do {
                let step = try step(name, down: downs[name.number])
                try step.refuseUnfitRepeatable()
                steps.append(step)
            } catch {
                problems += error.problems
            }
        }
        guard problems.isEmpty else { throw MigrationError(.badInput, problems) }
        guard allowEmpty || !steps.isEmpty else {
            throw MigrationError(
                .badInput, "no steps in \(label)", hint: "`domainflow migrate new <slug> --dir <folder>` creates the first one")
        }
        let lock = try read(Self.lockFile).map { (source) throws(MigrationError) in
            try ReleaseLock(source.lines.joined(separator: "\n"), file: Self.lockFile)
        }
        return StepSet(
            steps: steps.filter { !$0.isRepeatable }, repeatable: steps.filter(\.isRepeatable), lock: lock ?? ReleaseLock())
    }

    private func step(_ name: StepName, down: StepName?) throws(MigrationError) -> Step {
        let expander = try expand(folder + name.file)
        let downStep: DownStep? =
            if let down {
                try { (file: String) throws(MigrationError) in
                    let expander = try expand(file)
                    return DownStep(file: file, header: expander.header, expanded: expander.expanded)
                }(folder + down.file)
            } else { nil }
        return Step(
            number: name.number, slug: name.slug, file: folder + name.file, header: expander.header, expanded: expander.expanded,
            checksum: Step.checksum(of: expander.expanded.text), hasOpenIncludes: expander.hasOpenIncludes, down: downStep,
            prelude: expander.prelude)
    }

    private func expand(_ file: String) throws(MigrationError) -> Expander {
        guard let source = try read(file) else { throw MigrationError(.badInput, "the file is missing", file: file) }
        var expander = Expander(read: read)
        try expander.expand(source)
        return expander
    }
}
