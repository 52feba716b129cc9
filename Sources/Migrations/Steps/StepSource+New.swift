// `migrate new`: creates the next numbered file.

import Foundation

extension StepSource {
    /// Writes NNNN_slug.sql, and its down file if `down`, after the last step of a directory. Returns the paths.
    public func makeStep(slug: String, down: Bool) throws(MigrationError) -> [URL] {
        guard let root else {
            throw MigrationError(.badInput, "a step cannot be added to the built-in steps", hint: "name the directory with --dir")
        }
        let name = slug.lowercased().replacing(" ", with: "_")
        guard StepName("1_\(name).sql") != nil, !name.hasSuffix(".down") else {
            throw MigrationError(.badInput, "\"\(slug)\" cannot be part of a file name", hint: "use letters, digits, - and _")
        }
        let steps = try load(allowEmpty: true).steps
        let digits = String((steps.last?.number ?? 0) + 1)
        // As wide as the last one, so that the names sort in numerical order.
        let width = max(4, steps.last?.id.prefix { $0.isNumber }.count ?? 0)
        let number = String(repeating: "0", count: max(0, width - digits.count)) + digits
        var written: [URL] = []
        for (file, text) in [("\(number)_\(name).sql", Self.template)] + (down ? [("\(number)_\(name).down.sql", Self.downTemplate)] : []) {
            let url = root.appending(path: folder + file)
            do {
                try Data(text.utf8).write(to: url, options: .withoutOverwriting)
            } catch {
                throw MigrationError(.badInput, "cannot write \(url.path(percentEncoded: false)): \(error.localizedDescription)")
            }
            written.append(url)
        }
        return written
    }

    private static let template = """
        -- Why this step exists, and what must hold once it is applied.
        --
        --! lock-timeout: 2s
        --! phase: expand
        --! verify: SELECT true

        -- --! include functions/<room>/<name>.sql

        """

    private static let downTemplate = """
        -- Reverts the step: drops what it created and restores what it moved.

        """
}
