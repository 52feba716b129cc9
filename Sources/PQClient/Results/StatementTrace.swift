public import Tracing

/// Makes a span of each statement, below the span of the task that asked for it. Its ``observer`` is given to a pool or a connection.
///
/// Names are those of OpenTelemetry's conventions for database clients: the span is named after the statement's first word, with the
/// attributes `db.system.name`, `db.namespace`, `db.operation.name`, `db.query.text`, `db.response.returned_rows`, `server.address`,
/// `server.port`, of a pipeline `db.operation.batch.size`, and of an error `error.type` and `db.response.status_code`, the SQLSTATE.
public struct StatementTrace: Sendable {
    public var tracer: any Tracer
    /// Whether statements get a span whose task has none.
    public var startsTraces: Bool

    public init(_ tracer: any Tracer = InstrumentationSystem.tracer, startsTraces: Bool = true) {
        self.tracer = tracer
        self.startsTraces = startsTraces
    }

    public var observer: @Sendable (StatementReport) -> Void { { self.record($0) } }

    private func record(_ report: StatementReport) {
        guard startsTraces || report.context != nil else { return }
        let end = DefaultTracerClock.now
        let start = DefaultTracerClock.Timestamp(
            nanosecondsSinceEpoch: end.nanosecondsSinceEpoch - UInt64(max(0, report.duration / .nanoseconds(1))))
        let operation = report.texts.count == 1 ? report.texts[0].firstWord : "PIPELINE"
        let span: any Span = tracer.startSpan(operation, context: report.context ?? .topLevel, ofKind: .client, at: start)
        span.updateAttributes { attributes in
            attributes["db.system.name"] = "postgresql"
            attributes["db.namespace"] = report.server.database
            attributes["db.operation.name"] = operation
            attributes["db.query.text"] = report.texts.joined(separator: "; ")
            attributes["db.response.returned_rows"] = report.rowCount
            attributes["server.address"] = report.server.host
            attributes["server.port"] = Int(report.server.port)
            if report.texts.count > 1 { attributes["db.operation.batch.size"] = report.texts.count }
            if let error = report.error {
                attributes["error.type"] = error.sqlState ?? error.kind.rawValue
                attributes["db.response.status_code"] = error.sqlState
            }
        }
        if let error = report.error {
            span.recordError(error, attributes: [:], at: end)
            span.setStatus(SpanStatus(code: .error, message: error.message))
        }
        span.end(at: end)
    }
}

extension String {
    /// In capitals; `STATEMENT` if the text does not begin with a word.
    fileprivate var firstWord: String {
        let word = drop { $0.isWhitespace || $0 == "(" }.prefix { $0.isLetter }
        return word.isEmpty ? "STATEMENT" : word.uppercased()
    }
}
