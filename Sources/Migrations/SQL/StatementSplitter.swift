/// Splits a step into statements, each with the file and line it was written in.
enum StatementSplitter {
    static func split(_ expanded: ExpandedText) throws(MigrationError) -> [SQLStatement] {
        let bytes = Array(expanded.text.utf8)
        let places = Places(bytes)
        var lexer = SQLLexer(bytes)
        var statements: [SQLStatement] = []
        var tokens: [SQLToken] = []
        var depth = Depth()

        func origin(_ offset: Int) -> ExpandedText.Origin { expanded.origin(of: places.place(offset).line) }
        func finish(at end: Int) {
            guard let first = tokens.first else { return }
            let start = first.range.lowerBound
            let place = places.place(start)
            statements.append(
                SQLStatement(
                    text: Array(bytes[start..<end]), origin: expanded.origin(of: place.line), line: place.line, column: place.column,
                    tokens: tokens.map { SQLToken(kind: $0.kind, range: ($0.range.lowerBound - start)..<($0.range.upperBound - start)) }))
            tokens = []
            depth = Depth()
        }

        while true {
            let token: SQLToken?
            do {
                token = try lexer.next()
            } catch {
                let place = origin(error.offset)
                throw MigrationError(
                    .badInput, "unterminated \(error.what)", file: place.file, line: place.line,
                    hint: error.what == "COPY data" ? "the rows follow, and end with a line \\." : "it begins here and has no end")
            }
            guard let token else { break }
            switch token.kind {
            case .comment: continue
            case .backslash:
                let place = origin(token.range.lowerBound)
                throw MigrationError(
                    .badInput, "a backslash outside quotes: psql's commands are not SQL", file: place.file, line: place.line,
                    hint: "delete the line; the runner accepts SQL only")
            case .copyData:
                let place = places.place(token.range.lowerBound)
                statements[statements.count - 1].copyData = (Array(bytes[token.range].dropLast(2)), place.line)
            case .symbol where bytes[token.range.lowerBound] == UInt8(ascii: ";") && depth.isOutermost:
                finish(at: token.range.lowerBound)
            default:
                depth.read(token, bytes)
                tokens.append(token)
            }
        }
        if let last = tokens.last { finish(at: last.range.upperBound) }
        return statements
    }

    /// Tracks whether a semicolon ends the statement: it does not inside parentheses (rules), nor in a BEGIN ATOMIC … END body.
    private struct Depth {
        private var parentheses = 0
        private var blocks = 0
        private var leading: [String] = []
        private var makesRoutine = false

        var isOutermost: Bool { parentheses == 0 && blocks == 0 }

        mutating func read(_ token: SQLToken, _ bytes: [UInt8]) {
            if token.kind == .symbol {
                switch bytes[token.range.lowerBound] {
                case UInt8(ascii: "("): parentheses += 1
                case UInt8(ascii: ")"): parentheses = max(0, parentheses - 1)
                default: break
                }
            }
            guard token.kind == .word, makesRoutine || leading.count < 4 else { return }
            let word = String(decoding: bytes[token.range], as: UTF8.self).lowercased()
            if !makesRoutine {
                leading.append(word)
                let routine: Set = ["function", "procedure"]
                makesRoutine =
                    leading.first == "create"
                    && (leading.count > 1 && routine.contains(leading[1])
                        || leading.count > 3 && leading[1] == "or" && leading[2] == "replace" && routine.contains(leading[3]))
                return
            }
            guard parentheses == 0 else { return }
            switch word {
            case "begin": blocks += 1
            case "case" where blocks > 0: blocks += 1
            case "end" where blocks > 0: blocks -= 1
            default: break
            }
        }
    }

    /// Line and column of ascending byte offsets, in one pass over the text.
    private struct Places {
        private let starts: [Int]
        private let bytes: [UInt8]

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            var starts = [0]
            for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(offset + 1) }
            self.starts = starts
        }

        func place(_ offset: Int) -> (line: Int, column: Int) {
            var (low, high) = (0, starts.count - 1)
            while low < high {
                let middle = (low + high + 1) / 2
                if starts[middle] <= offset { low = middle } else { high = middle - 1 }
            }
            // Columns count characters, as PostgreSQL's positions do.
            let column = String(decoding: bytes[starts[low]..<offset], as: UTF8.self).unicodeScalars.count + 1
            return (low + 1, column)
        }
    }
}
