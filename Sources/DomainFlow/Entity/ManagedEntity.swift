import PQClient

/// Typed calls of the functions generated for one entity; see ``DomainFlowClient/entity(_:key:)``.
public struct ManagedEntity<Key: PostgresEncodable>: Sendable {
    let database: DomainFlowClient
    public let name: String

    /// Updates one row if it still has the expected version. With a context, the change is recorded as an event.
    public func update(
        id: Key, expectedVersion: Int64, newData: PostgresJSON, context: PostgresJSON? = nil
    ) async throws -> EntityUpdate {
        try await database.row(
            """
            SELECT \(unescaped: EntityUpdate.columns)
              FROM domainflow_generated.\(identifier: "atomic_update_\(name)_state")(
                  p_entity_id => \(id), p_expected_version => \(expectedVersion)::bigint, p_new_data => \(newData)::jsonb,
                  p_operation_context => \(context)::jsonb)
            """, EntityUpdate.init)
    }

    /// Updates many rows in one statement. The answers come in the order of the changes, and a refused change does not stop the others.
    /// Each id may occur only once.
    public func update(_ changes: [EntityChange<Key>], context: PostgresJSON? = nil) async throws -> [EntityUpdate] {
        try await database.rows(
            """
            SELECT \(unescaped: EntityUpdate.columns)
              FROM domainflow_generated.\(identifier: "atomic_update_\(name)_states")(
                  p_entity_ids => \(changes.map(\.id)), p_expected_versions => \(changes.map(\.expectedVersion))::bigint[],
                  p_new_data => \(changes.map(\.newData))::jsonb[], p_operation_context => \(context)::jsonb)
            """, EntityUpdate.init)
    }
}
