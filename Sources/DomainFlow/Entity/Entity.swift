import PQClient

/// The answer to an optimistic update: done, or who was faster.
public struct EntityUpdate: Sendable, Hashable {
    public var success: Bool
    public var newVersion: Int64?
    /// The version that is there, when it is not the expected one; nil when the row itself is not there.
    public var conflictVersion: Int64?
    public var errorMessage: String?

    init(_ row: PostgresRow) throws {
        success = try row.get("success")
        newVersion = try row.get("new_version")
        conflictVersion = try row.get("conflict_version")
        errorMessage = try row.get("error_message")
    }

    static let columns = "success, new_version, conflict_version, error_message"
}

/// One update of a batch.
public struct EntityChange<Key: PostgresEncodable>: Sendable {
    public var id: Key
    public var expectedVersion: Int64
    /// The columns to set, as a JSON object.
    public var newData: PostgresJSON

    public init(id: Key, expectedVersion: Int64, newData: PostgresJSON) {
        self.id = id
        self.expectedVersion = expectedVersion
        self.newData = newData
    }
}

extension DomainFlow {
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

/// Typed calls of the functions that were generated for one entity; see ``DomainFlow/entity(_:key:)``.
public struct ManagedEntity<Key: PostgresEncodable>: Sendable {
    let database: DomainFlow
    public let name: String

    /// Updates one row if it still has the expected version. With a context, the change is recorded as an event.
    public func update(
        id: Key, expectedVersion: Int64, newData: PostgresJSON, context: PostgresJSON? = nil
    ) async throws -> EntityUpdate {
        try await database.row(
            """
            SELECT \(unescaped: EntityUpdate.columns)
              FROM domainflow.\(identifier: "atomic_update_\(name)_state")(
                  p_entity_id => \(id), p_expected_version => \(expectedVersion)::bigint, p_new_data => \(newData)::jsonb,
                  p_operation_context => \(context)::jsonb)
            """, EntityUpdate.init)
    }

    /// Updates many rows in one statement; the answers come in the order of the changes, and a refused one does not stop the others.
    /// No id may occur twice.
    public func update(_ changes: [EntityChange<Key>], context: PostgresJSON? = nil) async throws -> [EntityUpdate] {
        try await database.rows(
            """
            SELECT \(unescaped: EntityUpdate.columns)
              FROM domainflow.\(identifier: "atomic_update_\(name)_states")(
                  p_entity_ids => \(changes.map(\.id)), p_expected_versions => \(changes.map(\.expectedVersion))::bigint[],
                  p_new_data => \(changes.map(\.newData))::jsonb[], p_operation_context => \(context)::jsonb)
            """, EntityUpdate.init)
    }
}
