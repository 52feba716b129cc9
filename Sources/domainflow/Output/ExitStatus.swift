import ArgumentParser

/// What the program's exit code says; scripts rely on it.
enum ExitStatus: Int32 {
    case success = 0
    /// A check or an invariant did not hold.
    case failed = 1
    /// A file that was read is wrong; the message has file and line.
    case badInput = 2
    case database = 3
    /// A lock was not obtained, or a time limit was reached.
    case lockOrTimeout = 4
    /// A load was slower than its thresholds allow, or failed more often.
    case threshold = 5
    case usage = 64
    /// Ctrl-C, SIGTERM or SIGHUP ended it early; what a shell reports for a program that SIGINT ended.
    case interrupted = 130

    /// To be thrown where everything has been said already.
    var code: ExitCode { ExitCode(rawValue) }
}
