import Foundation
import Testing

/// The built command in a terminal: what a user sees of it, and what they type.
struct Terminal {
    struct Outcome {
        var status: Int32
        /// Everything that was printed, with its control sequences.
        var printed: String
        /// What stands there in the end.
        var screen: [String]
    }

    /// Types `text` once `sight` was printed after what was typed before.
    struct Key {
        var sight: String
        var text = "\u{3}"
    }

    static func run(
        _ arguments: [String], columns: Int, in folder: URL? = nil, environment: [String: String] = [:], typing keys: [Key] = [],
        patience: Double = 60, meanwhile: (@Sendable (pid_t) -> Void)? = nil
    ) throws -> Outcome {
        let files = try TemporaryFolder()
        defer { files.remove() }
        var (master, slave): (Int32, Int32) = (0, 0)
        var name = [CChar](repeating: 0, count: 64)
        var size = winsize(ws_row: 40, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        try #require(openpty(&master, &slave, &name, nil, &size) == 0)
        defer { close(master) }
        // What other tests start at this moment must not hold it open.
        for descriptor in [master, slave] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        // The first terminal that a session's leader opens is the one whose Ctrl-C it gets.
        let pid = try Program.spawn(arguments, in: folder ?? files.url, environment: environment) { actions in
            for descriptor: Int32 in 0...2 { posix_spawn_file_actions_addopen(&actions, descriptor, name, O_RDWR, 0) }
        }
        close(slave)
        if let meanwhile { Thread { meanwhile(pid) }.start() }
        let printed = read(master, pid, keys, patience)
        return Outcome(status: Program.wait(for: pid), printed: printed, screen: Screen(printed).lines)
    }

    private static func read(_ master: Int32, _ pid: pid_t, _ keys: [Key], _ patience: Double) -> String {
        var bytes: [UInt8] = []
        var (seen, keys) = (0, keys[...])
        let deadline = ContinuousClock.now + .seconds(patience)
        while true {
            var ready = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            if ContinuousClock.now > deadline {
                Issue.record("it did not end: \(String(decoding: bytes, as: UTF8.self))")
                kill(pid, SIGKILL)
            }
            guard poll(&ready, 1, 500) > 0 else { continue }
            var buffer = [UInt8](repeating: 0, count: 1 << 14)
            let count = Foundation.read(master, &buffer, buffer.count)
            // EIO: the last one who had the terminal open is gone.
            guard count > 0 else { break }
            bytes += buffer.prefix(count)
            if let key = keys.first, String(decoding: bytes[seen...], as: UTF8.self).contains(key.sight) {
                seen = bytes.count
                keys.removeFirst()
                _ = write(master, key.text, key.text.utf8.count)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// What a terminal shows after it was sent some text: carriage returns, line feeds and "erase to the end of the line" are obeyed.
struct Screen {
    private(set) var lines: [String] = []

    init(_ text: String) {
        var line: [Character] = []
        var column = 0
        var rest = Substring(text)
        while let character = rest.popFirst() {
            switch character {
            case "\r\n":
                lines.append(String(line))
                (line, column) = ([], 0)
            case "\r": column = 0
            case "\u{1B}" where rest.hasPrefix("[K"):
                rest.removeFirst(2)
                line.removeSubrange(min(column, line.count)...)
            default:
                if column < line.count { line[column] = character } else { line.append(character) }
                column += 1
            }
        }
        if !line.isEmpty { lines.append(String(line)) }
    }
}
