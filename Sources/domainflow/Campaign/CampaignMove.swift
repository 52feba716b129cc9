import DomainFlow
import Foundation

/// Moves a campaign to another state.
enum CampaignMove {
    private struct Answer: Encodable {
        var campaign: UUID
        var success: Bool
        var from, to: String?
        var error: String?
    }

    static func run(
        _ options: CampaignMoveOptions,
        _ move: @Sendable @escaping (DomainFlowClient, UUID, String?, String?) async throws -> TransitionResult
    ) async throws {
        let (target, reason) = (options.target, options.reason)
        let database = DomainFlowClient(try await target.connection.connect())
        let (id, actor) = (target.id, options.actor ?? NSUserName())
        let result = try await database.transaction(correlationID: "campaign/\(id.uuidString.lowercased())") {
            try await move($0, id, actor, reason)
        }
        guard target.json else {
            try check(result)
            Output.line("\(result.fromState ?? "") -> \(result.toState ?? "")")
            return
        }
        try Output.json(
            Answer(
                campaign: target.id, success: result.success, from: result.fromState, to: result.toState,
                error: result.errorCode.map { "\($0): \(result.errorMessage ?? "")" }))
        if !result.success { throw ExitStatus.failed.code }
    }

    static func check(_ result: TransitionResult) throws {
        guard !result.success else { return }
        throw CommandFailure(
            .failed, "\(result.errorMessage ?? "refused") (\(result.errorCode ?? ""))",
            hint: "`domainflow campaign status <id>` shows its state.")
    }

    static func missing(_ id: UUID) -> CommandFailure {
        CommandFailure(
            .failed, "there is no campaign \(id.uuidString.lowercased())", hint: "`domainflow campaign list` lists all campaigns.")
    }
}
