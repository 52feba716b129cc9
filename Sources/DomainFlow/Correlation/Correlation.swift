/// The id of the request that a task serves, from the outermost caller down to rows, logs and errors.
///
/// ```swift
/// try await Correlation.with(request.headers["x-request-id"]) { try await database.createCampaign(…) }
/// ```
/// In the scope, calls of ``DomainFlowClient`` write it into rows with a correlation id (audit, metrics, state events), ``JSONLogHandler``
/// writes it into log records, and ``DomainFlowError`` carries it to the caller.
public enum Correlation {
    @TaskLocal public static var id: String?

    /// Runs `body` with an id: the given one, or a new one if it is nil or empty. The id is cut after 200 characters and stripped of control
    /// characters, because it may come from outside.
    public static func with<T>(
        _ id: String? = nil, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> T
    ) async rethrows -> T {
        try await $id.withValue(clean(id) ?? newID(), operation: body, isolation: isolation)
    }

    /// 32 random hexadecimal digits, the form of a W3C trace id.
    public static func newID() -> String {
        var digits = String(UInt64.random(in: 1...UInt64.max), radix: 16) + "0000000000000000"
        digits = String(digits.prefix(16))
        let rest = String(UInt64.random(in: 0...UInt64.max), radix: 16)
        return digits + String(repeating: "0", count: 16 - rest.count) + rest
    }

    /// The id without control characters; nil if nothing is left.
    static func clean(_ id: String?) -> String? {
        guard let id, !id.isEmpty else { return nil }
        let kept = String(String.UnicodeScalarView(id.unicodeScalars.lazy.filter { $0.value >= 0x20 && $0.value != 0x7f }.prefix(200)))
        return kept.isEmpty ? nil : kept
    }
}
