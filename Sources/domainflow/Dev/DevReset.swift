import ArgumentParser
import DevCluster

struct DevReset: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Stop it and drop its data; says first what that is.")

    func run() throws {
        let cluster = DevCluster(directory: DevDirectory.url, report: Output.note)
        guard cluster.status != .absent else {
            Output.line("there is no data to drop")
            return
        }
        let size = OutputFormat.bytes(DevStatus.size(of: cluster.dataDirectory))
        Output.line("dropping \(cluster.dataDirectory) (\(size))")
        try cluster.reset()
    }
}
