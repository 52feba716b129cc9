import ArgumentParser
import DevCluster
import Foundation

struct DevStart: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start the private server; the first start creates its data.")

    @Option(name: .customLong("pg-bindir"), help: "Folder of postgres and initdb. Default: pg_config's, else the newest one installed.")
    var pgBindir: String?

    @Option(name: .customLong("set"), help: "Server setting as name=value; repeat it for several. Settings stay until you give others.")
    var settings: [String] = []

    func validate() throws {
        for setting in settings where !setting.dropFirst().contains("=") {
            throw ValidationError("--set takes name=value, not \(setting)")
        }
    }

    func run() throws {
        var values: [String: String] = [:]
        for setting in settings {
            let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            values[String(parts[0])] = String(parts[1])
        }
        let cluster = DevCluster(
            directory: DevDirectory.url, pgBindir: pgBindir.map { URL(fileURLWithPath: $0) }, settings: values,
            report: Output.note)
        let started = try cluster.start()
        Output.line("\(started ? "started" : "already running"): \(cluster.url)")
    }
}
