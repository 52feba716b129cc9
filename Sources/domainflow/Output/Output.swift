import Foundation

/// Everything the program prints. Results go to standard output; progress, notes and errors to standard error, so that
/// results can be piped.
enum Output {
    static let stderrIsTerminal = isatty(STDERR_FILENO) == 1
    static let stdoutIsTerminal = isatty(STDOUT_FILENO) == 1

    static func line(_ text: String = "") {
        print(text)
    }

    /// `error: …` with the way out on a line of its own.
    static func error(_ message: String, hint: String? = nil) {
        standardError("error: \(message)\n")
        if let hint { standardError("  hint: \(hint)\n") }
    }

    static func note(_ message: String) {
        standardError("note: \(message)\n")
    }

    static func standardError(_ text: String) {
        // What was printed before comes before, also when both go to one file.
        fflush(nil)
        FileHandle.standardError.write(Data(text.utf8))
    }

    /// One JSON object with sorted keys; `compact` puts it on one line.
    static func json(_ value: some Encodable, compact: Bool = false) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if !compact { encoder.outputFormatting.insert(.prettyPrinted) }
        encoder.dateEncodingStrategy = .iso8601
        line(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Columns of the terminal, 80 if it does not say.
    static var width: Int {
        var size = winsize()
        let known = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return known ? Int(size.ws_col) : 80
    }
}
