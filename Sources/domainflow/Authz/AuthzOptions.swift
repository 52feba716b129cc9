import ArgumentParser
import DomainFlow

/// The model that a command asks, and how it answers.
struct AuthzOptions: ParsableArguments {
    @Option(help: "Name of the authorization model.")
    var model = "default"

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func database() async throws -> DomainFlowClient { DomainFlowClient(try await connection.connect()) }
}
