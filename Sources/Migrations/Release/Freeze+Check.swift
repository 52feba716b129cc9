// `freeze --check`: finds released steps that changed, and changes made since then that no step installs.

import Foundation

extension Freeze {
    /// Empty when there is nothing to report.
    public func check() throws(MigrationError) -> [MigrationError.Problem] {
        let set = try source.load()
        var problems = MigrationPlan(set, history: [], target: nil, allowOutOfOrder: false).sourceProblems
        problems += try unbroughtChanges(set)
        problems += try needlessCopies(set)
        for release in set.lock.releases where !set.lock.fingerprints.isEmpty && set.lock.fingerprints[release] == nil {
            problems.append(
                .init(
                    "the fingerprint of \(release) is missing", file: "migrations.lock",
                    hint: release == set.lock.releases.last
                        ? "domainflow migrate freeze --release \(release) --fingerprint sha256:… writes it"
                        : "restore the line from version control: a release's fingerprint never changes"))
        }
        guard problems.isEmpty, let newest = set.lock.releases.last else { return problems }
        for (url, text) in try scripts(set.steps, lock: set.lock, release: newest) {
            problems += Self.difference(url, text, release: newest)
        }
        return problems
    }

    /// Files edited after their release that no unreleased step includes: the change would never reach a database.
    private func unbroughtChanges(_ set: StepSet) throws(MigrationError) -> [MigrationError.Problem] {
        let frozen = Self.newestBodies(set.steps.filter { set.lock[$0.id] != nil })
        let pending = Self.newestBodies(set.steps.filter { set.lock[$0.id] == nil })
        var problems: [MigrationError.Problem] = []
        for (path, body) in frozen.sorted(by: { $0.key < $1.key }) where pending[path] == nil {
            // A missing file defines an object that a later step dropped.
            guard let file = try source.text(of: path) else { continue }
            var expander = Expander { (path) throws(MigrationError) in try source.text(of: path) }
            try expander.expand(file)
            let text = expander.expanded.text
            guard Self.withoutHeader(text) != Self.withoutHeader(body) else { continue }
            problems.append(
                .init(
                    "changed since it was released, and no unreleased step includes the change", file: path,
                    line: Self.firstDifference(text, body), hint: "add a new step with --! include \(path)"))
        }
        return problems
    }

    /// A comment before the first statement never reaches a database, so a change to it needs no step.
    private static func withoutHeader(_ text: String) -> Substring {
        var rest = text[...]
        while rest.hasPrefix("--") || rest.hasPrefix("\n") { rest = rest.drop { $0 != "\n" }.dropFirst() }
        return rest
    }

    /// Copies of superseded texts that no step reads, or that still equal their file.
    private func needlessCopies(_ set: StepSet) throws(MigrationError) -> [MigrationError.Problem] {
        guard let root = source.root else { return [] }
        var used: [String: String] = [:]
        for step in set.steps {
            for pin in try pins(of: step) { used[Superseded.path(of: pin.path, release: pin.release)] = pin.path }
        }
        let folder = root.appending(path: Superseded.folder)
        let names = FileManager.default.enumerator(atPath: folder.path(percentEncoded: false))?.compactMap { $0 as? String } ?? []
        var problems: [MigrationError.Problem] = []
        for copy in names.filter({ $0.hasSuffix(".sql") }).sorted().map({ Superseded.folder + $0 }) {
            if let path = used[copy] {
                guard let file = try source.text(of: path), try source.text(of: copy)?.lines == file.lines else { continue }
                problems.append(.init("\(path) still has the same text", file: copy, line: 1, hint: "delete the copy, or edit the file"))
            } else {
                problems.append(.init("no released step reads it", file: copy, line: 1, hint: "delete it"))
            }
        }
        return problems
    }

    private static func difference(_ url: URL, _ text: String, release: String) -> [MigrationError.Problem] {
        let file = url.lastPathComponent
        guard let found = try? String(contentsOf: url, encoding: .utf8) else {
            return [
                .init("the script of \(release) is missing", file: file, hint: "domainflow migrate freeze --release \(release) writes it")
            ]
        }
        guard found != text else { return [] }
        return [
            .init(
                "differs from what the steps of \(release) generate", file: file, line: firstDifference(found, text),
                hint: "do not edit generated files; domainflow migrate freeze --release \(release) writes it again")
        ]
    }

    private static func firstDifference(_ a: String, _ b: String) -> Int {
        let (a, b) = (
            a.split(separator: "\n", omittingEmptySubsequences: false), b.split(separator: "\n", omittingEmptySubsequences: false)
        )
        return (zip(a, b).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(a.count, b.count)) + 1
    }
}
