import PQClient

extension DomainFlowClient {
    /// Gives a table a version column and its own `atomic_update_<entity>_state`. Returns the function's signature.
    ///
    /// `entity` and `key` are found out when nil: the table's name, and its primary key.
    @discardableResult
    public func manageEntity(table: String, entity: String? = nil, key: String? = nil, version: String = "version") async throws -> String {
        try await value(
            """
            SELECT domainflow.manage_entity(
                p_table => \(table)::regclass, p_entity => \(entity)::text, p_key => \(key)::text, p_version => \(version)::text)
            """)
    }

    public func unmanageEntity(table: String, dropVersion: Bool = false) async throws {
        _ = try await query(
            "SELECT domainflow.unmanage_entity(p_table => \(table)::regclass, p_drop_version => \(dropVersion)::boolean)")
    }

    /// Updates one entity if it still has the expected version, whatever the type of its key. With a context, the change is recorded
    /// as an event. For hot paths see ``entity(_:key:)``.
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

    /// The update functions that ``manageEntity(table:entity:key:version:)`` generated for an entity: their plans are kept, which the
    /// general form's are not, and there is one for many rows. `key` is the Swift type that the key column is written as.
    public func entity<Key: PostgresEncodable>(_ name: String, key: Key.Type) -> ManagedEntity<Key> {
        ManagedEntity(database: self, name: name)
    }
}
