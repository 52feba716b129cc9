import ArgumentParser
import Foundation
import Migrations
import PQClient

/// Where the steps come from, and how results are printed.
struct MigrateSourceOptions: ParsableArguments {
    @Option(
        help: "Directory of NNNN_slug.sql files, or one with a folder migrations/ of them. Default: the steps built into this program.")
    var dir: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func source() throws -> StepSource {
        guard let dir else { return .embedded }
        return try StepSource(directory: URL(fileURLWithPath: dir, isDirectory: true))
    }
}
