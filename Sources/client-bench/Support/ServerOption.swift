import ArgumentParser
import Foundation
import PQClient

/// The option that every command takes.
struct ServerOption: ParsableArguments {
    @Option(help: "Server to connect to: a URI or libpq's key=value pairs.")
    var url: String
}

extension Duration {
    /// Microseconds.
    var microseconds: Double { self / .microseconds(1) }
}

extension Encodable {
    /// On one line of standard output.
    func printJSON() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        print(String(decoding: try encoder.encode(self), as: UTF8.self))
    }
}

extension Array where Element: BinaryInteger {
    /// The value below which `share` of all values lie; 0 if there are none. The array must be sorted.
    func quantile(_ share: Double) -> Element {
        isEmpty ? 0 : self[Swift.min(count - 1, Int(Double(count) * share))]
    }
}

/// Opens `count` connections, spread over the group's threads.
func connect(_ count: Int, to url: String, on threads: EventThreadGroup) async throws -> [PostgresConnection] {
    var connections: [PostgresConnection] = []
    for _ in 0..<count {
        connections.append(try await PostgresConnection.connect(url, applicationName: "client-bench", on: threads.next()))
    }
    return connections
}
