// `migrate supersede`: keeps the text of a released file before it is edited, so that old steps still expand to the same text.

import Foundation

extension Freeze {
    /// Writes the released texts of a file to `released/` and returns the paths; none when no release contains its current text.
    ///
    /// - Parameter before: the file's text before an edit that was already made. With either text, every released step must still have its
    ///   checksum.
    public func supersede(_ path: String, before: String? = nil) throws(MigrationError) -> [String] {
        guard let root = source.root else {
            throw MigrationError(.badInput, "built-in steps cannot be changed", hint: "name the directory with --dir")
        }
        var source = source
        if let before { source = source.replacing(path, with: try SourceText(file: path, text: before)) }
        let set = try source.load()
        let changed = set.steps.filter { step in set.lock[step.id].map { $0.checksum != step.checksum } ?? false }
        guard changed.isEmpty else {
            throw MigrationError(
                .drift,
                changed.map {
                    .init(
                        "\($0.id) no longer expands to the text released in \(set.lock[$0.id]?.release ?? ""), so \(path) may already have been edited",
                        file: $0.file, line: 1, hint: "restore the released text, keep it with this command, then repeat the edit")
                })
        }
        let pins = try releasesThatRead(path, in: set)
        var files: [(url: URL, text: String)] = []
        for (release, text) in pins { files.append((root.appending(path: Superseded.path(of: path, release: release)), text)) }
        try Self.write(files)
        return files.map { $0.url.path(percentEncoded: false) }
    }

    /// The releases whose pinned includes read the file itself, with the text that each froze.
    private func releasesThatRead(_ path: String, in set: StepSet) throws(MigrationError) -> [(release: String, text: String)] {
        var found: [String: String] = [:]
        for step in set.steps where set.lock[step.id] != nil {
            for pin in try pins(of: step) where pin.path == path {
                guard try source.text(of: Superseded.path(of: path, release: pin.release)) == nil else { continue }
                found[pin.release] = step.expanded.bodies()[path]
            }
        }
        return found.sorted { $0.key < $1.key }.map { (release: $0.key, text: $0.value) }
    }

    /// The pinned includes of a step's own file.
    func pins(of step: Step) throws(MigrationError) -> [(path: String, release: String)] {
        var pins: [(path: String, release: String)] = []
        for (index, line) in (try source.text(of: step.file)?.lines ?? []).enumerated() {
            if case .include(let path, let release?, _) = try Directive.parse(line, file: step.file, number: index + 1) {
                pins.append((path, release))
            }
        }
        return pins
    }
}
