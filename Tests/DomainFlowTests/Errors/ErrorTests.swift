import Foundation
import PQClient
import Testing

@testable import DomainFlow

@Suite(.timeLimit(.minutes(2))) struct ErrorTests {
    @Test func theRegistriesOfSQLAndSwiftAreEqual() async throws {
        let server = try await DomainFlowClient(FacadeDatabase.shared.pool()).errorCodes()
        let client = DomainFlowError.Code.allCases.map(\.entry)
        #expect(Set(server) == Set(client))
        #expect(server.count == client.count && client.count >= 20)
        for code in DomainFlowError.Code.allCases { #expect(DomainFlowError.Code(sqlState: code.entry.sqlState) == code) }
        let families = Set(DomainFlowError.Code.allCases.map { $0.rawValue.prefix { $0 != "_" } })
        #expect(families == ["AUTH", "VAL", "RES", "SYS", "EXT", "RATE", "BIZ"])
    }

    @Test func everySQLStateHasACode() {
        func code(_ kind: PostgresError.Kind, _ state: String? = nil) -> DomainFlowError.Code {
            DomainFlowError(PostgresError(kind, "x", sqlState: state)).code
        }
        let server: [(String, DomainFlowError.Code)] = [
            ("DF303", .resVersionConflict), ("40001", .sysSerializationFailure), ("40P01", .sysDeadlock), ("23505", .resAlreadyExists),
            ("23503", .resReference), ("22P02", .valInvalidArgument), ("22003", .valOutOfRange), ("42501", .authForbidden),
            ("42P01", .sysConfiguration), ("53300", .sysUnavailable), ("55P03", .resLocked), ("57014", .sysTimeout),
            ("XX000", .sysInternal),
            ("40003", .sysOutcomeUnknown),
        ]
        for (state, expected) in server { #expect(code(.server, state) == expected, "\(state)") }
        #expect(code(.outcomeUnknown) == .sysOutcomeUnknown && code(.timeout) == .sysTimeout && code(.cancelled) == .sysCancelled)
        #expect(code(.timeout, "53300") == .sysPoolExhausted && code(.timeout, "57014") == .sysTimeout)
        #expect(code(.connection) == .sysConnectionLost && code(.connection, "57P03") == .sysUnavailable && code(.usage) == .sysInternal)
        // Outside a transaction, the call may have been executed, so it must not be repeated.
        let open = DomainFlowError(PostgresError(.connection, "x"), mayBeDone: true)
        #expect(open.code == .sysOutcomeUnknown && !open.isRetryable)
        #expect(DomainFlowError(CancellationError()).code == .sysCancelled)
        struct Other: Error {}
        #expect(DomainFlowError(Other()).code == .sysInternal)
    }

    @Test func callsThrowThemWithTheRequestsID() async throws {
        let pool = try await FacadeDatabase.shared.pool()
        let error = await #expect(throws: DomainFlowError.self) {
            try await Correlation.with("request-9") {
                try await DomainFlowClient(pool).recordTransactionMetric(operationName: "", duration: .zero, success: true)
            }
        }
        #expect(error?.code == .valMissingArgument && error?.sqlState == "DF202" && error?.httpStatus == 400 && error?.isRetryable == false)
        #expect(error?.correlationID == "request-9" && error?.detail != nil && error?.hint != nil)
        #expect(error?.postgresError?.sqlState == "DF202")
        // Decoding fails outside the statement.
        let wrong = await #expect(throws: DomainFlowError.self) {
            _ = try await DomainFlowClient(pool).value("SELECT 'x'", as: Int.self)
        }
        #expect(wrong?.code == .sysInternal && wrong?.correlationID == nil)
        let closed = PostgresPool(conninfo: "host=/nowhere")
        let unreachable = await #expect(throws: DomainFlowError.self) { _ = try await DomainFlowClient(closed).version() }
        #expect(unreachable?.code == .sysConnectionLost && unreachable?.isRetryable == true)
    }

    @Test func theJSONFormIsAnEnvelope() throws {
        let error = DomainFlowError(
            .resVersionConflict, "somebody \"else\"", detail: "version 3", correlationID: "r1",
            postgresError: PostgresError(.server, "x"))
        let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(error)) as? [String: any Sendable]
        let expected: [String: any Sendable] = [
            "code": "RES_VERSION_CONFLICT", "sqlstate": "DF303", "http_status": 409, "retryable": true, "message": "somebody \"else\"",
            "detail": "version 3", "correlation_id": "r1",
        ]
        #expect(json.map { NSDictionary(dictionary: $0) } == NSDictionary(dictionary: expected))
        #expect(error.description == "somebody \"else\" (RES_VERSION_CONFLICT, SQLSTATE DF303)\n  detail: version 3\n  correlation id: r1")
    }

    @Test func whatCouldNotBeTakenBackHasACodeOfItsOwn() async throws {
        struct Stuck: Error {}
        let database = DomainFlowClient(try await FacadeDatabase.shared.pool())
        let error = await #expect(throws: BatchError.self) {
            try await database.batch(.init(name: "order")) { batch in
                batch.onRollback("refund") { throw Stuck() }
                try await batch.required("check") { _ = try await database.on($0).createCampaign(name: "", pattern: .broken) }
            }
        }
        let known = DomainFlowError(try #require(error))
        #expect(known.code == .bizCompensationFailed && known.message.contains("refund") && known.postgresError?.kind == .server)
    }
}

extension DomainPattern {
    fileprivate static let broken = DomainPattern(prefix: "", charset: "", length: 0, suffix: "", tlds: [], limit: 0)
}
