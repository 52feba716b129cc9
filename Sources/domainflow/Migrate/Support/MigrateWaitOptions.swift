import ArgumentParser
import Migrations
import PQClient

/// How long a run keeps trying to get its locks.
struct MigrateWaitOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Lock timeout of steps that set none, e.g. 500ms, 2s or 1min; 0 waits forever.", valueName: "duration"))
    var lockTimeout = "2s"

    @Option(help: "Number of attempts in all for a step that meets a lock timeout or a deadlock.")
    var attempts = 10

    @Option(help: ArgumentHelp("Seconds that one step may wait for locks, over all its attempts.", valueName: "seconds"))
    var patience = 300

    func validate() throws {
        guard lockTimeout.wholeMatch(of: #/0|[0-9]{1,9} ?(us|ms|s|min|h)/#) != nil else {
            throw ValidationError("--lock-timeout takes a number with its unit, such as 500ms or 2s, not \(lockTimeout)")
        }
        guard attempts > 0, patience >= 0 else { throw ValidationError("--attempts must be at least 1, --patience at least 0") }
    }

    var options: MigratorOptions {
        var options = MigratorOptions()
        options.lockTimeout = lockTimeout
        options.attempts = attempts
        options.patience = .seconds(patience)
        return options
    }
}
