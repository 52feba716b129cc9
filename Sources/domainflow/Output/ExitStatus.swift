import ArgumentParser

/// The exit codes of the program; scripts rely on them.
enum ExitStatus: Int32 {
    case success = 0
    /// A check or an invariant did not hold.
    case failed = 1
    /// An input file is wrong; the message gives file and line.
    case badInput = 2
    case database = 3
    /// A lock was not obtained, or a time limit was reached.
    case lockOrTimeout = 4
    /// A load was slower than its thresholds allow, or failed more often.
    case threshold = 5
    case usage = 64
    /// Ended early by Ctrl-C, SIGTERM or SIGHUP; shells report the same code for a program that SIGINT ended.
    case interrupted = 130

    /// Throw this after everything was printed.
    var code: ExitCode { ExitCode(rawValue) }
}
