/// One `--!` line, parsed but not yet applied.
enum Directive: Equatable {
    /// With a release, it stands for the text that the release froze.
    ///
    /// A prelude is included here, and also runs before every other step of the source and at the head of each script from this step's
    /// release on.
    case include(String, release: String?, isPrelude: Bool)
    case beginInclude(String)
    case endInclude(String)
    case setting(name: String, value: String)

    static let known = ["transaction", "lock-timeout", "statement-timeout", "phase", "verify", "config", "allow"]

    /// Nil when the line is ordinary SQL.
    static func parse(_ line: Substring, file: String, number: Int) throws(MigrationError) -> Directive? {
        guard line.utf8.starts(with: "--!".utf8) else { return nil }
        let body = line.dropFirst(3).trimmed
        let (word, rest) = body.splitAtFirstSpace
        switch word {
        case "include", "prelude":
            var (target, pin) = rest.splitAtFirstSpace
            if word == "prelude" {
                guard target == "include" else { break }
                (target, pin) = pin.splitAtFirstSpace
            }
            let path = try path(target, file: file, number: number)
            guard !pin.isEmpty else { return .include(path, release: nil, isPrelude: word == "prelude") }
            guard pin.first == "@", Release(String(pin.dropFirst())) != nil else {
                throw MigrationError(
                    .badInput, "\"\(pin)\" after an include is not a release", file: file, line: number,
                    hint: "write --! include \(path), or in a released step --! include \(path) @0.1.0")
            }
            return .include(path, release: String(pin.dropFirst()), isPrelude: word == "prelude")
        case "begin", "end":
            let (second, target) = rest.splitAtFirstSpace
            guard second == "include" else { break }
            let path = try path(target, file: file, number: number)
            return word == "begin" ? .beginInclude(path) : .endInclude(path)
        default:
            break
        }
        guard let colon = body.firstIndex(of: ":"), known.contains(String(body[..<colon].trimmed)) else {
            throw MigrationError(
                .badInput, "unknown header \"\(line)\"", file: file, line: number,
                hint: "known headers: --! include <path>, \(known.map { "--! \($0): …" }.joined(separator: ", "))")
        }
        let value = body[body.index(after: colon)...].trimmed
        guard !value.isEmpty else {
            throw MigrationError(.badInput, "header \"\(line)\" has no value", file: file, line: number)
        }
        return .setting(name: String(body[..<colon].trimmed), value: String(value))
    }

    private static func path(_ text: Substring, file: String, number: Int) throws(MigrationError) -> String {
        guard !text.isEmpty else {
            throw MigrationError(
                .badInput, "include names no file", file: file, line: number, hint: "write --! include functions/<room>/<name>.sql")
        }
        return String(text)
    }
}
