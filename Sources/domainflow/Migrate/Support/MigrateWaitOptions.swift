import ArgumentParser
import Migrations
import PQClient

/// How long a run insists.
struct MigrateWaitOptions: ParsableArguments {
    @Option(help: ArgumentHelp("For steps that set none: 500ms, 2s, 1min; 0 waits for ever.", valueName: "duration"))
    var lockTimeout = "2s"

    @Option(help: "How often a step that met a lock-timeout or a deadlock is tried, in all.")
    var attempts = 10

    @Option(help: ArgumentHelp("How long one step may wait for locks over all its tries.", valueName: "seconds"))
    var patience = 300

    func validate() throws {
        guard lockTimeout.wholeMatch(of: #/0|[0-9]{1,9} ?(us|ms|s|min|h)/#) != nil else {
            throw ValidationError("--lock-timeout takes a number with its unit, such as 500ms or 2s, not \(lockTimeout)")
        }
        guard attempts > 0, patience >= 0 else { throw ValidationError("--attempts must be above 0, --patience not below") }
    }

    var options: MigratorOptions {
        var options = MigratorOptions()
        options.lockTimeout = lockTimeout
        options.attempts = attempts
        options.patience = .seconds(patience)
        return options
    }
}
