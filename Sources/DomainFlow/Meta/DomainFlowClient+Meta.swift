extension DomainFlowClient {
    /// The release that the database has.
    public func version() async throws -> String { try await value("SELECT domainflow.version()") }

    /// `sha256:v1:…`, a hash of everything that belongs to the release; the same release always gives the same hash, however it was installed.
    public func catalogFingerprint() async throws -> String { try await value("SELECT domainflow.catalog_fingerprint()") }

    /// The objects that the fingerprint hashes, to find out how two databases differ.
    public func catalogObjects() async throws -> [CatalogObject] {
        try await rows("SELECT kind, identity, definition FROM domainflow.catalog_objects()") {
            CatalogObject(kind: try $0.get("kind"), identity: try $0.get("identity"), definition: try $0.get("definition"))
        }
    }

    /// Does the periodic work, or one piece of it: partitions, queues, campaigns, what is left over. For once a minute.
    @discardableResult
    public func maintain(_ task: String? = nil) async throws -> [MaintenanceResult] {
        try await rows("SELECT task, outcome, count, took_ms FROM domainflow.maintain(p_task => \(task)::text)") {
            MaintenanceResult(
                task: try $0.get("task"), outcome: try $0.get("outcome"), count: try $0.get("count"), milliseconds: try $0.get("took_ms"))
        }
    }

    /// Makes everything that is generated at deployment from its rows, such as the update functions of entities: for a logical subscriber
    /// that takes over. What cannot be made is in the answer, with the reason.
    @discardableResult
    public func rebuildGenerated() async throws -> [RebuiltObject] {
        try await rows("SELECT kind, name, outcome FROM domainflow.rebuild_generated()") {
            RebuiltObject(kind: try $0.get("kind"), name: try $0.get("name"), outcome: try $0.get("outcome"))
        }
    }

    /// What differs from the catalog that the release installed: object, expected, found. Empty when nothing has drifted.
    public func catalogDrift() async throws -> [CatalogDrift] {
        try await rows("SELECT kind, identity, expected, found FROM domainflow.catalog_drift()") {
            CatalogDrift(
                kind: try $0.get("kind"), identity: try $0.get("identity"), expected: try $0.get("expected"), found: try $0.get("found"))
        }
    }

    /// The error registry, by SQLSTATE.
    public func errorCodes() async throws -> [ErrorCode] {
        try await rows("SELECT code, sqlstate, http_status, retryable, description FROM domainflow.error_codes() ORDER BY sqlstate") {
            ErrorCode(
                code: try $0.get("code"), sqlState: try $0.get("sqlstate"), httpStatus: try $0.get("http_status"),
                isRetryable: try $0.get("retryable"), description: try $0.get("description"))
        }
    }
}
