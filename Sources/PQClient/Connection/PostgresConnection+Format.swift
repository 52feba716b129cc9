extension PostgresConnection {
    /// The format of results for statements that do not choose one (``PostgresQuery/resultFormat``). Initially text. Scripts
    /// (``execute(_:)``) are always answered in text.
    public var resultFormat: PostgresFormat { session.resultFormat }

    public func setResultFormat(_ format: PostgresFormat) { session.resultFormat = format }
}
