import PQClient

extension DomainFlowClient {
    /// Gives a table a version column and its own `atomic_update_<entity>_state`. Returns the function's signature.
    ///
    /// `entity` defaults to the name of the table, `key` to its primary key.
    @discardableResult
    public func manageEntity(table: String, entity: String? = nil, key: String? = nil, version: String = "version") async throws -> String {
        try await value(
            """
            SELECT domainflow.manage_entity(
                p_table => \(table)::regclass, p_entity => \(entity)::text, p_key => \(key)::text, p_version => \(version)::text)
            """)
    }

    /// Drops the functions that ``manageEntity(table:entity:key:version:)`` generated, and on request the version column.
    public func unmanageEntity(table: String, dropVersion: Bool = false) async throws {
        _ = try await query(
            "SELECT domainflow.unmanage_entity(p_table => \(table)::regclass, p_drop_version => \(dropVersion)::boolean)")
    }

    /// Updates one entity if it still has the expected version, for any type of key. With a context, the change is recorded as an event.
    /// On hot paths, use ``entity(_:key:)``.
    public func updateEntity(
        _ entity: String, id: String, expectedVersion: Int64, newData: PostgresJSON, context: PostgresJSON? = nil
    ) async throws -> EntityUpdate {
        try await row(
            """
            SELECT \(unescaped: EntityUpdate.columns)
              FROM domainflow.atomic_update_entity_state(
                  p_entity => \(entity)::text, p_entity_id => \(id)::text, p_expected_version => \(expectedVersion)::bigint,
                  p_new_data => \(newData)::jsonb, p_operation_context => \(context)::jsonb)
            """, EntityUpdate.init)
    }

    /// The update functions that ``manageEntity(table:entity:key:version:)`` generated for an entity. Unlike the general function, they keep
    /// their plans, and one of them updates many rows. `key` is the Swift type of the key column.
    public func entity<Key: PostgresEncodable>(_ name: String, key: Key.Type) -> ManagedEntity<Key> {
        ManagedEntity(database: self, name: name)
    }

    /// The same for an entity whose key has several columns: their Swift types, in the order of the columns.
    public func entity<each Key: PostgresEncodable>(_ name: String, keys: repeat (each Key).Type) -> CompositeEntity<repeat each Key> {
        CompositeEntity(database: self, name: name)
    }
}
