import ArgumentParser
import DevCluster

struct DevURL: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "url", abstract: "Print its connection string: psql \"$(domainflow dev url)\".")

    func run() throws {
        let cluster = DevCluster(directory: DevDirectory.url)
        if !cluster.isRunning { Output.note("it is not running: domainflow dev start") }
        Output.line(cluster.url)
    }
}
