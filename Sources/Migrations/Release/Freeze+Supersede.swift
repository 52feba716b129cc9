// `migrate supersede`: keeps the text of a released file before it is edited, once, so that old steps still expand to what they were.

import Foundation

extension Freeze {
    /// Writes what the releases froze of a file to `released/`, and gives the paths; none when no release has it as it is now.
    ///
    /// - Parameter before: the file's text before an edit that was made already. Whichever text is used, every released step must have
    ///   its checksum with it.
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
                        "\($0.id) does not expand to what \(set.lock[$0.id]?.release ?? "") released, so \(path) is no longer the text to keep",
                        file: $0.file, line: 1, hint: "put the released text back, keep it with this command, then make the edit again")
                })
        }
        let pins = try releasesThatRead(path, in: set)
        var files: [(url: URL, text: String)] = []
        for (release, text) in pins { files.append((root.appending(path: Superseded.path(of: path, release: release)), text)) }
        try Self.write(files)
        return files.map { $0.url.path(percentEncoded: false) }
    }

    /// Which pinned includes read the file itself, and the text that their release froze.
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
