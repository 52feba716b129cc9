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
        var query = call("state")
        repeat query.appendPart(each id)
        query.appendLiteral("p_expected_version => ")
        query.appendInterpolation(expectedVersion)
        query.appendLiteral("::bigint, p_new_data => ")
        query.appendInterpolation(newData)
        query.appendEnd(context, cast: "::jsonb")
        return try await database.row(PostgresQuery(stringInterpolation: query), EntityUpdate.init)
    }

    /// Updates many rows in one statement: one array for each part of the key, all as long as `expectedVersions`. The answers come in the
    /// order of the arrays, and a refused change does not stop the others. Each key may occur only once.
    public func update(
        ids: repeat [each Key], expectedVersions: [Int64], newData: [PostgresJSON], context: PostgresJSON? = nil
    ) async throws -> [EntityUpdate] {
        var query = call("states")
        repeat query.appendPart(each ids)
        query.appendLiteral("p_expected_versions => ")
        query.appendInterpolation(expectedVersions)
        query.appendLiteral("::bigint[], p_new_data => ")
        query.appendInterpolation(newData)
        query.appendEnd(context, cast: "::jsonb[]")
        return try await database.rows(PostgresQuery(stringInterpolation: query), EntityUpdate.init)
    }

    private func call(_ ending: String) -> PostgresQuery.StringInterpolation {
        var query = PostgresQuery.StringInterpolation(literalCapacity: 200, interpolationCount: 6)
        query.appendLiteral("SELECT \(EntityUpdate.columns) FROM domainflow_generated.")
        query.appendInterpolation(identifier: "atomic_update_\(name)_\(ending)")
        query.appendLiteral("(")
        return query
    }
}

extension PostgresQuery.StringInterpolation {
    fileprivate mutating func appendPart(_ part: some PostgresEncodable) {
        appendInterpolation(part)
        appendLiteral(", ")
    }

    fileprivate mutating func appendEnd(_ context: PostgresJSON?, cast: String) {
        appendLiteral("\(cast), p_operation_context => ")
        appendInterpolation(context)
        appendLiteral("::jsonb)")
    }
}
