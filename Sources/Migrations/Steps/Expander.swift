/// Expands one file of a step. `read` returns nil for a file that does not exist.
struct Expander {
    let read: (String) throws(MigrationError) -> SourceText?
    private(set) var header = StepHeader()
    private(set) var expanded = ExpandedText()
    /// Includes that no release has pinned yet.
    private(set) var hasOpenIncludes = false
    /// The path of the prelude that the file brings.
    private(set) var prelude: String?
    private var chain: [String] = []

    init(read: @escaping (String) throws(MigrationError) -> SourceText?) { self.read = read }

    mutating func expand(_ source: SourceText) throws(MigrationError) {
        chain.append(source.file)
        let file = expanded.open(source.file)
        var frozen: [(path: String, line: Int)] = []
        var isInHeader = chain.count > 1
        let layout = FileLayout(source.lines)
        for (index, line) in source.lines.enumerated() {
            let number = index + 1
            if isInHeader {
                isInHeader = line.hasPrefix("--")
                if Self.forReaders.contains(where: line.hasPrefix) { continue }
            }
            if layout.isInside(index) {
                expanded.append(line, file: file, number: number, isText: true)
                continue
            }
            switch try Directive.parse(line, file: source.file, number: number) {
            case nil:
                expanded.append(line, file: file, number: number)
            case .include(let path, let release, let isPrelude):
                if isPrelude { prelude = path }
                if release == nil { hasOpenIncludes = true }
                expanded.append("--! begin include \(path)", file: file, number: number)
                try include(path, release: release, from: source.file, line: number)
                expanded.append("--! end include \(path)", file: file, number: number)
            case .beginInclude(let path):
                frozen.append((path, number))
                expanded.append(line, file: file, number: number)
            case .endInclude(let path):
                guard frozen.popLast()?.path == path else {
                    throw MigrationError(
                        .badInput, "\"\(line)\" ends an include that was not begun", file: source.file, line: number,
                        hint: "freeze writes these markers; restore the file from the release")
                }
                expanded.append(line, file: file, number: number)
            case .setting(let name, let value):
                guard chain.count == 1, frozen.isEmpty else {
                    throw MigrationError(
                        .badInput, "header \"\(name)\" in an included file", file: source.file, line: number,
                        hint: "only --! include is allowed here; move the header into the step")
                }
                // What speaks of a table may stand beside it.
                guard index < layout.head || name == "config" else {
                    throw MigrationError(
                        .badInput, "header \"\(name)\" after the first statement", file: source.file, line: number,
                        hint: "headers stand in the head of a file: move it above the first statement")
                }
                try header.apply(name: name, value: value, file: source.file, line: number)
                expanded.append(line, file: file, number: number)
            }
        }
        if let open = frozen.last {
            throw MigrationError(
                .badInput, "\"--! begin include \(open.path)\" has no end", file: source.file, line: open.line,
                hint: "freeze writes these markers; restore the file from the release")
        }
        chain.removeLast()
    }

    /// Lines in the header of an included file that may change after a release, because the expanded text leaves them out.
    private static let forReaders = ["-- Proof:", "-- hot:"]

    private mutating func include(_ path: String, release: String?, from file: String, line: Int) throws(MigrationError) {
        guard Self.staysInside(path) else {
            throw MigrationError(
                .badInput, "include \"\(path)\" leaves the folder of the steps", file: file, line: line,
                hint: "paths are relative to the root of the steps and may not lead out of it")
        }
        if chain.contains(path) {
            let loop = chain.drop { $0 != path } + [path]
            throw MigrationError(
                .badInput, "include loop: " + loop.joined(separator: " → "), file: file, line: line,
                hint: "remove one of these includes")
        }
        var found: SourceText?
        if let release { found = try read(Superseded.path(of: path, release: release)) }
        if found == nil { found = try read(path) }
        guard let source = found else {
            throw MigrationError(
                .badInput, "included file \"\(path)\" does not exist", file: file, line: line,
                hint: release.map { "\($0) froze it: restore it, or its text in \(Superseded.path(of: path, release: $0))" }
                    ?? "the path is relative to the root of the steps, e.g. functions/<room>/<name>.sql")
        }
        try expand(source)
    }

    private static func staysInside(_ path: String) -> Bool {
        !path.hasPrefix("/") && !path.split(separator: "/").contains("..")
    }
}
