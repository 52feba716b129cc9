extension PostgresConnection {
    /// The form in which values come for statements that do not say theirs (``PostgresQuery/resultFormat``). At first text.
    /// Scripts (``execute(_:)``) are always answered in text.
    public var resultFormat: PostgresFormat { session.resultFormat }

    public func setResultFormat(_ format: PostgresFormat) { session.resultFormat = format }
}
