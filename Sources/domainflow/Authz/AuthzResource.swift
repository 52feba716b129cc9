import ArgumentParser

/// A resource on the command line: `document:1`.
struct AuthzResource {
    var type, id: String

    static func parse(_ text: String) throws -> AuthzResource {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
            throw ValidationError("'\(text)' is not a resource; write type:id, e.g. document:1")
        }
        return AuthzResource(type: parts[0], id: parts[1])
    }
}
