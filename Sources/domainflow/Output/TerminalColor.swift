import Foundation

/// Colours of words on a terminal. None are printed elsewhere, or where NO_COLOR is set (no-color.org).
enum TerminalColor: Int {
    case red = 31
    case green = 32
    case yellow = 33

    static let areShown = Output.stdoutIsTerminal && ProcessInfo.processInfo.environment["NO_COLOR"]?.isEmpty != false

    /// - Parameter text: contains no control characters.
    func of(_ text: String, shown: Bool = areShown) -> String { shown ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text }
}
