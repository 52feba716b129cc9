extension PostgresConnection {
    /// Outside a transaction, and with nothing under way.
    package nonisolated var isAtRest: Bool { session.atRest.load(ordering: .acquiring) }

    /// Sets a run-time parameter for the rest of the open transaction, unless this client has set it to that value and nothing has undone
    /// it. Knows of SET and of rollbacks to a savepoint, but not of `set_config` in a statement of the caller.
    package nonisolated(nonsending) func setLocal(_ name: String, to value: String) async throws(PostgresError) {
        guard session.entered({ $0.localSettings[name]?.value != value }) else { return }
        try await query("SELECT pg_catalog.set_config(\(name)::text, \(value)::text, true)")
        session.entered { $0.localSettings[name] = (value, false) }
    }
}
