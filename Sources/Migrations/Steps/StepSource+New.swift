// `migrate new`: the next numbered file.

import Foundation

extension StepSource {
    /// Writes NNNN_slug.sql (and its down file) after the last step of a directory, and gives their paths.
    public func makeStep(slug: String, down: Bool) throws(MigrationError) -> [URL] {
        guard let root else {
            throw MigrationError(.badInput, "the built-in steps cannot get a new one", hint: "name the directory with --dir")
        }
        let name = slug.lowercased().replacing(" ", with: "_")
        guard StepName("1_\(name).sql") != nil, !name.hasSuffix(".down") else {
            throw MigrationError(.badInput, "\"\(slug)\" cannot be part of a file name", hint: "letters, digits, - and _")
        }
        let steps = try load(allowEmpty: true).steps
        let digits = String((steps.last?.number ?? 0) + 1)
        // As wide as the last one, so that names sort as numbers do.
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
        -- What this step is for, and what must hold when it is done.
        --
        --! lock-timeout: 2s
        --! phase: expand
        --! verify: SELECT true

        -- --! include functions/<area>/<name>.sql

        """

    private static let downTemplate = """
        -- Takes the step back: what it made goes, what it moved returns.

        """
}
