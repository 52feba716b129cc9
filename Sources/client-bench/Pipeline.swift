import ArgumentParser
import PQClient

/// Runs the same statements with and without waiting for each answer.
struct Pipeline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Runs statements in pipelines, or one after the other.")

    @OptionGroup var server: ServerOption
    @Option var seconds = 5.0
    @Option(help: "Number of statements in a pipeline.") var size = 100
    @Flag(help: "Sends each statement when the one before is answered.") var single = false

    private struct Report: Encodable {
        var rate: Double
    }

    func run() async throws {
        let (seconds, size, single) = (seconds, size, single)
        let connection = try await PostgresConnection.connect(server.url, applicationName: "client-bench")
        let began = ContinuousClock.now
        let count = try await connection.run { connection in
            var count = 0
            while began.duration(to: .now) < .seconds(seconds) {
                let results: [PostgresResult]
                if single {
                    var one: [PostgresResult] = []
                    for key in 1...size { one.append(try await connection.query(Self.lookup(key), named: "lookup")) }
                    results = one
                } else {
                    results = try await connection.pipeline { pipeline in
                        for key in 1...size { pipeline.add(Self.lookup(key), named: "lookup") }
                    }
                }
                guard results.count == size else { throw WrongAnswer() }
                for (index, result) in results.enumerated() {
                    guard try result.single().get(0, as: Int.self) == (index + 1) * 7 else { throw WrongAnswer() }
                }
                count += size
            }
            return count
        }
        let elapsed = began.duration(to: .now) / .seconds(1)
        await connection.close()
        try Report(rate: Double(count) / elapsed).printJSON()
    }

    private static func lookup(_ key: Int) -> PostgresQuery { "SELECT balance FROM bench.account WHERE id = \(key)" }
}
