import ArgumentParser
import DevCluster
import DomainFlow
import Foundation
import PQClient

/// What the program's exit code says; scripts rely on it.
enum ExitStatus: Int32 {
    case success = 0
    /// A check or an invariant did not hold.
    case failed = 1
    /// A file that was read is wrong; the message has file and line.
    case badInput = 2
    case database = 3
    /// A lock was not to be had, or the time was over.
    case lockOrTimeout = 4
    /// A load was slower than it may be, or failed more often.
    case threshold = 5
    case usage = 64

    /// To be thrown where everything has been said already.
    var code: ExitCode { ExitCode(rawValue) }
}
