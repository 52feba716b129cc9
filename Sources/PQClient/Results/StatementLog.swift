public import Logging

/// Writes statements to a log, those that fail or take long at levels of their own. Its ``observer`` is given to a pool or a connection.
///
/// The metadata have OpenTelemetry's names: `db.query.text`, `db.response.returned_rows`, `db.client.operation.duration` in seconds and, of
/// an error, `db.response.status_code` (the SQLSTATE) and `error.type`.
public struct StatementLog: Sendable {
    public var logger: Logger
    public var level: Logger.Level
    /// From this duration on a statement is slow.
    public var slowAfter: Duration
    public var slowLevel: Logger.Level
    public var errorLevel: Logger.Level
    /// Longer texts are cut; in characters.
    public var longestText: Int

    public init(
        _ logger: Logger, level: Logger.Level = .debug, slowAfter: Duration = .seconds(1), slowLevel: Logger.Level = .notice,
        errorLevel: Logger.Level = .info, longestText: Int = 2000
    ) {
        self.logger = logger
        self.level = level
        self.slowAfter = slowAfter
        self.slowLevel = slowLevel
        self.errorLevel = errorLevel
        self.longestText = longestText
    }

    public var observer: @Sendable (StatementReport) -> Void { { self.write($0) } }

    private func write(_ report: StatementReport) {
        let level = report.error != nil ? errorLevel : report.duration >= slowAfter ? slowLevel : level
        guard level >= logger.logLevel else { return }
        let text = report.texts.joined(separator: "; ")
        var metadata: Logger.Metadata = [
            "db.query.text": "\(text.count > longestText ? text.prefix(longestText) + "…" : text[...])",
            "db.response.returned_rows": "\(report.rowCount)", "db.client.operation.duration": "\(report.duration / .seconds(1))",
        ]
        if let error = report.error {
            metadata["db.response.status_code"] = error.sqlState.map { "\($0)" }
            metadata["error.type"] = "\(error.kind.rawValue)"
        }
        let outcome = report.error.map { "failed: \($0.message)" } ?? (report.duration >= slowAfter ? "was slow" : "ended")
        logger.log(level: level, "statement \(outcome)", metadata: metadata)
    }
}
