import ArgumentParser
import Foundation
import RaceLab

/// Options that `race run`, `race mutate` and `load` share.
struct HammerOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: "Number of connections that call operations. Default: the scenario's, usually 16.")
    var connections: Int?

    @Option(help: "Seed of all random choices. Default: a random seed, which is printed.")
    var seed: UInt64?

    @Flag(help: "Keeps the databases for inspection.")
    var keep = false

    func validate() throws {
        if let connections, connections < 1 { throw ValidationError("--connections must be at least 1") }
    }

    func hammer(history: String) -> Hammer.Options {
        var options = Hammer.Options(seed: seed ?? .random(in: 0..<1 << 53), historyFolder: URL(filePath: history))
        (options.connections, options.keep) = (connections, keep)
        return options
    }
}
