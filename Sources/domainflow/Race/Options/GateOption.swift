import ArgumentParser
import Foundation

/// Where the gate module is.
struct GateOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Path of the gate module, if it is not installed on the server.",
            discussion: "It lets sessions stop before each statement inside a function.", valueName: "path"))
    var gate: String?

    var path: String? { gate.map { URL(filePath: $0).path(percentEncoded: false) } }
}
