import ArgumentParser
import Foundation
import PQClient

/// The context of a call on the command line.
struct AuthzContext: ParsableArguments {
    @Option(
        name: .customLong("context"),
        help: ArgumentHelp("JSON object that the conditions of policies see, e.g. '{\"amount\": 50}'.", valueName: "json"),
        transform: AuthzContext.parse)
    var object: PostgresJSON?

    private static func parse(_ text: String) throws -> PostgresJSON {
        guard (try? JSONSerialization.jsonObject(with: Data(text.utf8))) is [String: Any] else {
            throw ValidationError("--context is not a JSON object: \(text)")
        }
        return PostgresJSON(text)
    }
}
