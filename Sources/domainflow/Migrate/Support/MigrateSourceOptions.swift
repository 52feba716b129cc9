import ArgumentParser
import Foundation
import Migrations
import PQClient

/// Which steps, and how results are printed.
struct MigrateSourceOptions: ParsableArguments {
    @Option(
        help: "A directory with NNNN_slug.sql files, or with a folder migrations/ that has them. Else the steps built into this program.")
    var dir: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func source() throws -> StepSource {
        guard let dir else { return .embedded }
        return try StepSource(directory: URL(fileURLWithPath: dir, isDirectory: true))
    }
}
