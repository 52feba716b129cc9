import ArgumentParser
import DevCluster
import Foundation

struct DevStart: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start it, making its data first if there is none.")

    @Option(name: .customLong("pg-bindir"), help: "The folder of postgres and initdb. Else: pg_config, then the newest found.")
    var pgBindir: String?

    @Option(name: .customLong("set"), help: "A server setting, name=value; may be repeated. Kept until others are given.")
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
        Output.line("\(started ? "started" : "running already"): \(cluster.url)")
    }
}
