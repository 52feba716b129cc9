import ArgumentParser
import DevCluster

struct DevStop: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "stop", abstract: "Stop it; the data stays.")

    @Option(help: "smart waits for clients, fast rolls them back, immediate leaves recovery to the next start.")
    var mode: StopModeArgument = .fast

    func run() throws {
        let cluster = DevCluster(directory: DevDirectory.url, report: Output.note)
        let wasRunning = cluster.isRunning
        try cluster.stop(mode.value)
        Output.line(wasRunning ? "stopped" : "it was not running")
    }
}
