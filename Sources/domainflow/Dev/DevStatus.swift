import ArgumentParser
import DevCluster
import Foundation

struct DevStatus: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show whether the server is running, and where its parts are. Exit with 1 if it is not running.")

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var tables: TableOptions

    private struct Report: Encodable {
        var program = ProgramVersion.text
        /// The SQL that the program carries.
        var sql = ProgramVersion.sql
        var state: String
        var pid: Int32?
        var url: String
        var data: String
        var log: String
        var bindir: String?
        var bytes: Int
    }

    func run() throws {
        let cluster = DevCluster(directory: DevDirectory.url)
        var report = Report(
            state: "", pid: nil, url: cluster.url, data: cluster.dataDirectory, log: cluster.logFile,
            bindir: cluster.bindir, bytes: Self.size(of: cluster.dataDirectory))
        switch cluster.status {
        case .absent: report.state = "absent"
        case .incomplete: report.state = "incomplete"
        case .stopped: report.state = "stopped"
        case .running(let pid):
            report.state = "running"
            report.pid = pid
        }
        if json { try Output.json(report) } else { show(report) }
        if report.pid == nil { throw ExitStatus.failed.code }
    }

    private func show(_ report: Report) {
        let meaning = [
            "absent": "no data yet: domainflow dev start creates it",
            "incomplete": "its first start was interrupted: domainflow dev start creates the data again",
            "stopped": "stopped",
        ]
        Output.line(report.pid.map { "running, pid \($0)" } ?? meaning[report.state] ?? report.state)
        var table = OutputTable(["part", "where"])
        table.add(["versions", "program \(report.program), SQL \(report.sql)"])
        guard report.state != "absent" else { return Output.line(table.render(width: tables.width)) }
        table.add(["url", report.url])
        table.add(["data", "\(report.data) (\(OutputFormat.bytes(report.bytes)))"])
        table.add(["log", report.log])
        if let bindir = report.bindir { table.add(["programs", bindir]) }
        Output.line(String(table.render(width: tables.width).dropLast()))
    }

    /// Bytes of all files below a directory; 0 if it cannot be read.
    static func size(of directory: String) -> Int {
        let keys: [URLResourceKey] = [.fileSizeKey, .isRegularFileKey]
        let files = FileManager.default.enumerator(
            at: URL(fileURLWithPath: directory), includingPropertiesForKeys: keys, errorHandler: { _, _ in true })
        var sum = 0
        while let file = files?.nextObject() as? URL {
            sum += (try? file.resourceValues(forKeys: Set(keys)))?.fileSize ?? 0
        }
        return sum
    }
}
