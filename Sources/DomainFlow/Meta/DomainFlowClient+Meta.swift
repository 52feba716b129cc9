import PQClient

extension DomainFlowClient {
    /// The release installed in the database.
    public func version() async throws -> String { try await value("SELECT domainflow.version()") }

    /// `sha256:v1:…` over everything the release consists of: equal for the same release, however it was installed.
    public func catalogFingerprint() async throws -> String { try await value("SELECT domainflow.catalog_fingerprint()") }

    /// What the fingerprint hashes: for finding out how two databases differ.
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

    public func errorCodes() async throws -> [ErrorCode] {
        try await rows("SELECT code, sqlstate, http_status, retryable, description FROM domainflow.error_codes() ORDER BY sqlstate") {
            ErrorCode(
                code: try $0.get("code"), sqlState: try $0.get("sqlstate"), httpStatus: try $0.get("http_status"),
                isRetryable: try $0.get("retryable"), description: try $0.get("description"))
        }
    }
}
