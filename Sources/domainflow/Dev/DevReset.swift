import ArgumentParser
import DevCluster

struct DevReset: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Stop the private server and delete its data.")

    @Flag(help: "Do not ask for confirmation.")
    var yes = false

    func run() throws {
        let cluster = DevCluster(directory: DevDirectory.url, report: Output.note)
        guard cluster.status != .absent else {
            Output.line("there is no data to delete")
            return
        }
        let size = OutputFormat.bytes(DevStatus.size(of: cluster.dataDirectory))
        let what = "\(cluster.dataDirectory) (\(size))"
        try Confirmation.ask(would: "delete \(what)", question: "Delete \(what)?", yes: yes)
        Output.line("deleting \(what)")
        try cluster.reset()
    }
}
