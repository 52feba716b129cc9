import PQClient

extension DomainFlowClient {
    /// How long a transaction waits for the second connection. It holds the first one, so tasks that wait for each other must not wait long.
    private static let patience = Duration.seconds(1)

    /// Logs a denial over a connection of its own, where the caller's rollback does not reach it.
    ///
    /// - Throws: `SYS_POOL_EXHAUSTED` if none is free in time. The caller then has no answer, and so no access.
    func logDurably(_ denial: AuthorizationDecision, of origin: DenialOrigin, over pool: PostgresPool) async throws {
        do {
            let requestContext = denial.requestContext.adding("denial", try PostgresJSON(encoding: origin))
            _ = try await pool.withConnection(timeout: Self.patience) {
                try await DomainFlowClient($0).logAuthorizationDecision(
                    userID: denial.userID, resourceType: denial.resourceType, resourceID: denial.resourceID, action: denial.action,
                    decision: denial.decision, policies: denial.policies, context: denial.context, requestContext: requestContext,
                    executionTime: denial.executionTime)
            }
        } catch let error as PostgresError where error.kind == .usage || error.sqlState == "53300" {
            throw DomainFlowError(
                .sysPoolExhausted, "access was denied, and no connection was free to log the denial", detail: error.message,
                hint: "use a pool of its own for durable checks: DomainFlowClient(pool, decisionLog: other)", postgresError: error)
        } catch let error as PostgresError {
            throw DomainFlowError(error)
        }
    }
}

extension PostgresJSON {
    /// An object with one more member, after its own.
    func adding(_ name: String, _ value: PostgresJSON) -> PostgresJSON {
        let members = text.drop { $0 != "{" }.dropFirst()
        guard let end = members.lastIndex(of: "}") else { return self }
        let own = members[..<end]
        return PostgresJSON("{\(own)\(own.allSatisfy(\.isWhitespace) ? "" : ", ")\"\(name)\": \(value.text)}")
    }
}
