import ArgumentParser
import DevCluster

struct DevURL: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "url", abstract: "Print the private server's connection string, e.g. for psql \"$(domainflow dev url)\".")

    func run() throws {
        let cluster = DevCluster(directory: DevDirectory.url)
        if !cluster.isRunning { Output.note("the server is not running: `domainflow dev start` starts it") }
        Output.line(cluster.url)
    }
}
