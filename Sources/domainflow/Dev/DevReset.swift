import ArgumentParser
import DevCluster

struct DevReset: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Stop the private server and delete its data.")

    func run() throws {
        let cluster = DevCluster(directory: DevDirectory.url, report: Output.note)
        guard cluster.status != .absent else {
            Output.line("there is no data to delete")
            return
        }
        let size = OutputFormat.bytes(DevStatus.size(of: cluster.dataDirectory))
        Output.line("deleting \(cluster.dataDirectory) (\(size))")
        try cluster.reset()
    }
}
