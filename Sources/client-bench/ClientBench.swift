import ArgumentParser

/// Loads that bench/client.py compares with other clients, or checks: each prints one JSON object.
@main
struct ClientBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client-bench",
        abstract: "Loads for the measures of PQClient; bench/client.py runs them.",
        discussion: "Every command prints one JSON object. Exit codes: 0 it was taken, 1 it could not be taken.",
        subcommands: [
            Throughput.self,
            Pipeline.self,
            CopyIn.self,
            Cancel.self,
            LeaseWaits.self,
            Fairness.self,
            Memory.self,
            Faults.self,
            Recording.self,
            Checkers.self,
        ])
}
