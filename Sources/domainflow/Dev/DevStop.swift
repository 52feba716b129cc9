import ArgumentParser
import DevCluster

struct DevStop: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "stop", abstract: "Stop the private server and keep its data.")

    @Option(help: "How to treat clients: smart waits for them, fast rolls them back, immediate leaves recovery to the next start.")
    var mode: StopModeArgument = .fast

    func run() throws {
        let cluster = DevCluster(directory: DevDirectory.url, report: Output.note)
        let wasRunning = cluster.isRunning
        try cluster.stop(mode.value)
        Output.line(wasRunning ? "stopped" : "the server was not running")
    }
}
