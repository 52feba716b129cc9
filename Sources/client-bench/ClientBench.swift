import ArgumentParser

/// Loads that bench/client.py checks or compares with other clients. Each prints one JSON object.
@main
struct ClientBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client-bench",
        abstract: "Generates the loads that bench/client.py measures PQClient with.",
        discussion: "Every command prints one JSON object. Exit codes: 0 measured, 1 failed to measure.",
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
