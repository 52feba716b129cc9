import ArgumentParser
import DevCluster
import Foundation
import PQClient

struct DevPSQL: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "psql", abstract: "Open psql on the private server; starts it if needed and passes all arguments on.")

    @Argument(parsing: .captureForPassthrough)
    var arguments: [String] = []

    func run() throws {
        if arguments.first == "--help" { throw CleanExit.helpRequest(self) }
        let cluster = DevCluster(directory: DevDirectory.url, report: Output.note)
        try cluster.start()
        let beside = cluster.bindir.map { $0 + "/psql" }
        let program = beside.flatMap { access($0, X_OK) == 0 ? $0 : nil } ?? "psql"
        // People write `dev psql -- -c …` out of habit; psql would end its options there.
        let own = arguments.first == "--" ? Array(arguments.dropFirst()) : arguments
        // In the environment, so that -d and a name choose another database of this server.
        for (name, value) in try PostgresConninfo.environment(of: cluster.url) { setenv(name, value, 1) }
        for name in ["PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE"] { unsetenv(name) }
        var argv = ([program] + own).map { strdup($0) } + [nil]
        execvp(program, &argv)
        throw CommandFailure(
            .database, "\(program) cannot run: \(String(cString: strerror(errno)))",
            hint: "install PostgreSQL's client programs, e.g. apt install postgresql-client")
    }
}
