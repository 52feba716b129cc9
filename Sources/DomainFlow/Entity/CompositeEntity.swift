import PQClient

/// Typed calls of the functions generated for an entity whose key has several columns; see ``DomainFlowClient/entity(_:keys:)``. The parts
/// of a key stand in the order of the key's columns.
public struct CompositeEntity<each Key: PostgresEncodable>: Sendable {
    let database: DomainFlowClient
    public let name: String

    /// Updates one row if it still has the expected version. With a context, the change is recorded as an event.
    public func update(
        id: repeat each Key, expectedVersion: Int64, newData: PostgresJSON, context: PostgresJSON? = nil
    ) async throws -> EntityUpdate {
        let query = call("state", repeat each id, version: expectedVersion, data: newData, context)
        return try await database.row(query, EntityUpdate.init)
    }

    /// Updates many rows in one statement: one array for each part of the key, all as long as `expectedVersions`. The answers come in the
    /// order of the arrays, and a refused change does not stop the others. Each key may occur only once.
    public func update(
        ids: repeat [each Key], expectedVersions: [Int64], newData: [PostgresJSON], context: PostgresJSON? = nil
    ) async throws -> [EntityUpdate] {
        let query = call("states", repeat each ids, version: expectedVersions, data: newData, context, dimensions: "[]")
        return try await database.rows(query, EntityUpdate.init)
    }

    /// `dimensions` is empty for one row and `[]` for many.
    private func call<each Part: PostgresEncodable>(
        _ ending: String, _ parts: repeat each Part, version: some PostgresEncodable, data: some PostgresEncodable,
        _ context: PostgresJSON?, dimensions: String = ""
    ) -> PostgresQuery {
        var query = PostgresQuery.StringInterpolation(literalCapacity: 200, interpolationCount: 6)
        query.appendLiteral("SELECT \(EntityUpdate.columns) FROM domainflow_generated.")
        query.appendInterpolation(identifier: "atomic_update_\(name)_\(ending)")
        query.appendLiteral("(")
        repeat query.appendArgument(each parts)
        query.appendArgument(version, cast: "::bigint" + dimensions)
        query.appendArgument(data, cast: "::jsonb" + dimensions)
        query.appendInterpolation(context)
        query.appendLiteral("::jsonb)")
        return PostgresQuery(stringInterpolation: query)
    }
}

extension PostgresQuery.StringInterpolation {
    fileprivate mutating func appendArgument(_ value: some PostgresEncodable, cast: String = "") {
        appendInterpolation(value)
        appendLiteral(cast + ", ")
    }
}
