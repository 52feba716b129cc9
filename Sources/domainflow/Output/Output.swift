import Foundation
import Synchronization

/// Everything the program prints. Results go to standard output; progress, notes and errors to standard error, so that results can be
/// piped.
///
/// All output erases the progress line first, and shows control characters as escapes, because much of it comes from databases and files.
enum Output {
    enum Stream: Int32 {
        case standardOutput = 1
        case standardError = 2
    }

    static let stderrIsTerminal = isatty(STDERR_FILENO) == 1
    static let stdoutIsTerminal = isatty(STDOUT_FILENO) == 1

    /// Why standard output took less than was printed; nil if it took all.
    private static let lost = Mutex<String?>(nil)

    /// Throws if something that was printed on standard output did not get there.
    static func check() throws {
        guard let reason = lost.withLock({ $0 }) else { return }
        throw CommandFailure(.badInput, "cannot write to standard output: \(reason)")
    }

    /// The text of the progress line on the terminal; empty if there is none.
    private static let progress = Mutex("")

    static func line(_ text: String = "") {
        write(VisibleText.of(text, keeping: ["\n"]) + "\n", to: .standardOutput)
    }

    /// Bold on a terminal.
    static func heading(_ text: String) {
        let text = VisibleText.of(text)
        write(stdoutIsTerminal ? "\u{1B}[1m\(text)\u{1B}[0m\n" : text + "\n", to: .standardOutput)
    }

    /// Prints a whole file unchanged, because users redirect it into one; only a terminal gets control characters as escapes.
    static func document(_ text: String) {
        let shown = stdoutIsTerminal ? VisibleText.of(text, keeping: ["\n", "\t"]) : text
        write(shown.hasSuffix("\n") ? shown : shown + "\n", to: .standardOutput)
    }

    /// Prints `error: …`, and the hint on a line of its own.
    static func error(_ message: String, hint: String? = nil) {
        standardError("error: \(message)\n" + Self.hint(hint))
    }

    /// Prints `interrupted: …`, and how to continue on a line of its own.
    static func interrupted(_ done: String = "", hint: String? = nil) {
        // The terminal has shown ^C at the beginning of the line.
        if stderrIsTerminal { put(erase, to: .standardError) }
        standardError((done.isEmpty ? "interrupted\n" : "interrupted: \(done)\n") + Self.hint(hint))
    }

    private static func hint(_ text: String?) -> String { text.map { "  hint: \($0)\n" } ?? "" }

    static func note(_ message: String) {
        standardError("note: \(message)\n")
    }

    static func standardError(_ text: String) {
        write(VisibleText.of(text, keeping: ["\n"]), to: .standardError)
    }

    /// One JSON object with sorted keys; `compact` puts it on one line.
    static func json(_ value: some Encodable, compact: Bool = false) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if !compact { encoder.outputFormatting.insert(.prettyPrinted) }
        encoder.dateEncodingStrategy = .iso8601
        write(VisibleText.json(String(decoding: try encoder.encode(value), as: UTF8.self)) + "\n", to: .standardOutput)
    }

    /// Replaces the text of the progress line; an empty text erases it. Three columns stay free, so that a ^C that the terminal shows
    /// does not wrap the line.
    static func show(progress text: String) {
        let text = DisplayWidth.cut(VisibleText.of(text), to: max(20, width(of: .standardError) - 3))
        progress.withLock { shown in
            guard shown != text else { return }
            put((shown.isEmpty ? "" : erase) + text, to: .standardError)
            shown = text
        }
    }

    /// The width of the terminal: what the terminal reports, else COLUMNS, else 80.
    static func width(of stream: Stream) -> Int {
        var size = winsize()
        if ioctl(stream.rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? 80
    }

    /// Prints text that contains no control characters, or those that it is meant to.
    static func write(_ text: String, to stream: Stream) {
        progress.withLock { shown in
            if !shown.isEmpty { put(erase, to: .standardError) }
            shown = ""
            put(text, to: stream)
        }
    }

    private static let erase = "\r\u{1B}[K"

    /// Unbuffered, so that both streams keep their order when they go to one file.
    private static func put(_ text: String, to stream: Stream) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(stream.rawValue, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                // The command goes on, to drop what it made.
                let reason = String(cString: strerror(errno))
                if stream == .standardOutput { lost.withLock { $0 = $0 ?? reason } }
                return
            }
        }
    }
}
