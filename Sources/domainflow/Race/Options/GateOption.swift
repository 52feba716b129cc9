import ArgumentParser
import Foundation

/// Where the gate module is.
struct GateOption: ParsableArguments {
    @Option(help: ArgumentHelp("Path of the gate module, if the server does not have it installed.", valueName: "path"))
    var gate: String?

    var path: String? { gate.map { URL(filePath: $0).path(percentEncoded: false) } }
}
