// A step's text with its includes put in place, and the way back from each line to the file it came from.
//
// The canonical form keeps markers around an included file. A frozen step holds exactly this form, so that freezing changes
// no checksum, and a database migrated by an unfrozen build sees no change.

public struct ExpandedText: Sendable {
    public struct Origin: Sendable, Equatable {
        public var file: String
        public var line: Int
    }

    fileprivate(set) var lines: [Substring] = []
    private var files: [String] = []
    private var fileOfLine: [Int32] = []
    private var lineInFile: [Int32] = []

    public var text: String {
        var text = ""
        text.reserveCapacity(lines.reduce(0) { $0 + $1.utf8.count + 1 })
        for line in lines {
            text += line
            text += "\n"
        }
        return text
    }

    /// `line` counts from 1 in the expanded text; a line past the end belongs to the last one.
    public func origin(of line: Int) -> Origin {
        let index = min(max(line, 1), lines.count) - 1
        guard index >= 0 else { return Origin(file: files.first ?? "", line: 1) }
        return Origin(file: files[Int(fileOfLine[index])], line: Int(lineInFile[index]))
    }

    fileprivate mutating func open(_ file: String) -> Int32 {
        files.append(file)
        return Int32(files.count - 1)
    }

    fileprivate mutating func append(_ line: Substring, file: Int32, number: Int) {
        lines.append(line)
        fileOfLine.append(file)
        lineInFile.append(Int32(number))
    }

    /// Each included file's text with what it includes, without its own markers.
    func bodies() -> [String: String] {
        var bodies: [String: String] = [:]
        var open: [(path: String, from: Int)] = []
        for (index, line) in lines.enumerated() {
            switch try? Directive.parse(line, file: "", number: 0) {
            case .beginInclude(let path): open.append((path, index + 1))
            case .endInclude:
                guard let begun = open.popLast() else { continue }
                bodies[begun.path] = lines[begun.from..<index].map { $0 + "\n" }.joined()
            default: continue
            }
        }
        return bodies
    }

    /// Each included file, and the step itself, with a digest of its own lines: says which one changed when the checksum differs.
    func parts(of file: String) -> [(path: String, digest: String)] {
        var order = [file]
        var text: [String: String] = [file: ""]
        var stack = [file]
        for line in lines {
            switch try? Directive.parse(line, file: file, number: 0) {
            case .beginInclude(let path):
                stack.append(path)
                if text[path] == nil { order.append(path) }
                text[path, default: ""] += ""
            case .endInclude where stack.count > 1:
                stack.removeLast()
            default:
                text[stack[stack.count - 1], default: ""] += line + "\n"
            }
        }
        return order.map { ($0, String(SHA256.hex(text[$0, default: ""].utf8).prefix(16))) }
    }
}

/// Expands one file of a step. `read` answers nil for a file that does not exist.
struct Expander {
    let read: (String) throws(MigrationError) -> SourceText?
    private(set) var header = StepHeader()
    private(set) var expanded = ExpandedText()
    private(set) var hasIncludes = false
    private var chain: [String] = []

    init(read: @escaping (String) throws(MigrationError) -> SourceText?) { self.read = read }

    mutating func expand(_ source: SourceText) throws(MigrationError) {
        chain.append(source.file)
        let file = expanded.open(source.file)
        var frozen: [(path: String, line: Int)] = []
        for (index, line) in source.lines.enumerated() {
            let number = index + 1
            switch try Directive.parse(line, file: source.file, number: number) {
            case nil:
                expanded.append(line, file: file, number: number)
            case .include(let path):
                hasIncludes = true
                expanded.append("--! begin include \(path)", file: file, number: number)
                try include(path, from: source.file, line: number)
                expanded.append("--! end include \(path)", file: file, number: number)
            case .beginInclude(let path):
                frozen.append((path, number))
                expanded.append(line, file: file, number: number)
            case .endInclude(let path):
                guard frozen.popLast()?.path == path else {
                    throw MigrationError(
                        .badInput, "\"\(line)\" ends an include that was not begun", file: source.file, line: number,
                        hint: "these markers are written by freeze; restore the file from the release")
                }
                expanded.append(line, file: file, number: number)
            case .setting(let name, let value):
                guard chain.count == 1, frozen.isEmpty else {
                    throw MigrationError(
                        .badInput, "header \"\(name)\" in an included file", file: source.file, line: number,
                        hint: "only --! include may stand here; move the header into the step")
                }
                try header.apply(name: name, value: value, file: source.file, line: number)
                expanded.append(line, file: file, number: number)
            }
        }
        if let open = frozen.last {
            throw MigrationError(
                .badInput, "\"--! begin include \(open.path)\" has no end", file: source.file, line: open.line,
                hint: "these markers are written by freeze; restore the file from the release")
        }
        chain.removeLast()
    }

    private mutating func include(_ path: String, from file: String, line: Int) throws(MigrationError) {
        guard Self.staysInside(path) else {
            throw MigrationError(
                .badInput, "include \"\(path)\" leaves the folder of the steps", file: file, line: line,
                hint: "paths are relative to the root of the steps and go downwards only")
        }
        if chain.contains(path) {
            let loop = chain.drop { $0 != path } + [path]
            throw MigrationError(
                .badInput, "include loop: " + loop.joined(separator: " → "), file: file, line: line,
                hint: "take one of these includes out")
        }
        guard let source = try read(path) else {
            throw MigrationError(
                .badInput, "included file \"\(path)\" does not exist", file: file, line: line,
                hint: "the path is relative to the root of the steps, e.g. functions/area/name.sql")
        }
        try expand(source)
    }

    private static func staysInside(_ path: String) -> Bool {
        !path.hasPrefix("/") && !path.split(separator: "/").contains("..")
    }
}
