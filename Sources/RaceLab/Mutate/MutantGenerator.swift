import Migrations

/// Makes the mutants of one function: every rule wherever it applies, in the order of the text.
///
/// Nothing outside the body is changed, and in it neither comments, texts, declarations nor the options of RAISE.
public struct MutantGenerator {
    private let function: String
    let body: RoutineBody
    private let bodyStart: Int
    private let isProcedural: Bool
    private var mutants: [GeneratedMutant] = []
    /// The = and <> of parts that are left out: who does not miss `a = b` would not notice `a <> b`, most often.
    var equalitiesLeftOut: Set<Int> = []
    /// Tokens that keep their text.
    private var untouched: [Range<Int>] = []

    /// - Parameters:
    ///   - function: the name to report.
    ///   - definition: as pg_get_functiondef prints it.
    ///   - isProcedural: whether the language is PL/pgSQL; otherwise SQL.
    /// - Returns: mutants in the order of the text; none for a body that is not a string (BEGIN ATOMIC).
    public static func mutants(of function: String, definition: String, isProcedural: Bool) -> [GeneratedMutant] {
        guard var generator = try? MutantGenerator(function, definition, isProcedural) else { return [] }
        generator.generate()
        return generator.mutants
    }

    /// The function with one more comment, which changes nothing but its text; nil if its body is not a string.
    public static func harmless(_ definition: String) -> String? {
        guard let generator = try? MutantGenerator("", definition, true), let last = generator.body.tokens.last else { return nil }
        let bytes = Array(definition.utf8)
        return String(
            decoding: bytes[..<last.range.upperBound] + Array("\n-- the same".utf8) + bytes[last.range.upperBound...], as: UTF8.self)
    }

    private init?(_ function: String, _ definition: String, _ isProcedural: Bool) throws {
        let bytes = Array(definition.utf8)
        var lexer = SQLLexer(bytes)
        var last: Range<Int>?
        while let token = try lexer.next() { if token.kind == .dollarString { last = token.range } }
        guard let last, let tag = bytes[(last.lowerBound + 1)...].firstIndex(of: UInt8(ascii: "$")) else { return nil }
        bodyStart = tag + 1
        body = try RoutineBody(bytes, bodyStart..<(last.upperBound - (bodyStart - last.lowerBound)))
        (self.function, self.isProcedural) = (function, isProcedural)
    }

    private mutating func generate() {
        let parts = isProcedural ? body.parts() : []
        for part in parts {
            switch part {
            case .declarations(let tokens): untouched.append(tokens)
            case .statement(let tokens) where ["raise", "get", "set"].contains(body.word(tokens.lowerBound)): untouched.append(tokens)
            default: break
            }
        }
        // What stands before the first BEGIN has no statements.
        if isProcedural, let begin = body.tokens.indices.first(where: { body.word($0) == "begin" }) { untouched.append(0..<begin) }
        mutate(parts)
        for index in body.tokens.indices where !untouched.contains(where: { $0.contains(index) }) { mutate(at: index) }
        mutants.sort {
            ($0.range.lowerBound, $0.range.upperBound, $0.replacement) < ($1.range.lowerBound, $1.range.upperBound, $1.replacement)
        }
        number()
    }

    /// Drops what another rule made too, and counts those that read the same.
    private mutating func number() {
        var seen: Set<String> = []
        var counts: [String: Int] = [:]
        mutants = mutants.compactMap { mutant in
            guard seen.insert("\(mutant.range) \(mutant.replacement)").inserted else { return nil }
            var mutant = mutant
            counts["\(mutant.change.rawValue)\n\(mutant.before)\n\(mutant.after)", default: 0] += 1
            mutant.number = counts["\(mutant.change.rawValue)\n\(mutant.before)\n\(mutant.after)"] ?? 1
            return mutant
        }
    }

    /// - Parameters:
    ///   - range: what is replaced, in bytes.
    ///   - shown: what is printed as replaced, which may be more.
    mutating func add(_ change: GeneratedMutant.Operator, _ range: Range<Int>, _ replacement: String, shown: Range<Int>? = nil) {
        let shown = shown ?? range
        let after = body.text(shown.lowerBound..<range.lowerBound) + replacement + body.text(range.upperBound..<shown.upperBound)
        let line = 1 + body.bytes[bodyStart..<range.lowerBound].count { $0 == UInt8(ascii: "\n") }
        mutants.append(
            GeneratedMutant(
                function: function, change: change, line: line, before: Self.shown(body.text(shown)), after: Self.shown(after),
                range: range,
                replacement: replacement))
    }

    mutating func add(_ change: GeneratedMutant.Operator, tokens: Range<Int>, _ replacement: String) {
        add(change, body.range(tokens), replacement)
    }

    /// On one line, because it is written to a file of one line each; a long text shows its beginning.
    private static func shown(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count > 160 ? line.prefix(158) + " …" : line
    }
}
