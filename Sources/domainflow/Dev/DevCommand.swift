import ArgumentParser
import DevCluster
import Foundation

struct DevCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "A private PostgreSQL in .domainflow of the current directory.",
        discussion: """
            It listens on a Unix socket that only you (and root) can open, and asks for no password. Started by root it runs \
            as an unprivileged user. Nothing outside of .domainflow is touched, unless a path is too long for a socket or \
            closed to that user; then it says where it went.
            """,
        subcommands: [
            DevStart.self, DevStop.self, DevStatus.self, DevURL.self, DevPSQL.self, DevReset.self,
        ])
}

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

enum StopModeArgument: String, ExpressibleByArgument, CaseIterable {
    case smart, fast, immediate

    var value: DevCluster.StopMode {
        switch self {
        case .smart: .smart
        case .fast: .fast
        case .immediate: .immediate
        }
    }
}

struct DevURL: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "url", abstract: "Print its connection string: psql \"$(domainflow dev url)\".")

    func run() throws {
        let cluster = DevCluster(directory: DevDirectory.url)
        if !cluster.isRunning { Output.note("it is not running: domainflow dev start") }
        Output.line(cluster.url)
    }
}

struct DevPSQL: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "psql", abstract: "Open psql on it, starting it if needed; arguments are psql's own.")

    @Argument(parsing: .captureForPassthrough)
    var arguments: [String] = []

    func run() throws {
        let cluster = DevCluster(directory: DevDirectory.url, report: Output.note)
        try cluster.start()
        let beside = cluster.bindir.map { $0 + "/psql" }
        let program = beside.flatMap { access($0, X_OK) == 0 ? $0 : nil } ?? "psql"
        fflush(nil)
        // Habit writes `dev psql -- -c …`; psql would end its options there.
        let own = arguments.first == "--" ? Array(arguments.dropFirst()) : arguments
        var argv = ([program, "--dbname", cluster.url] + own).map { strdup($0) } + [nil]
        execvp(program, &argv)
        throw CommandFailure(
            .database, "\(program) cannot be run: \(String(cString: strerror(errno)))",
            hint: "install PostgreSQL's client programs, e.g. apt install postgresql-client")
    }
}

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
