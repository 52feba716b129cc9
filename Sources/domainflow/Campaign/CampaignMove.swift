import ArgumentParser
import DomainFlow
import Foundation

/// The campaign a command is about.
struct CampaignTarget: ParsableArguments {
    @Argument(help: "The campaign's id, as `campaign list` shows it.", transform: CampaignTarget.parse)
    var id: UUID

    @Flag(help: "As JSON.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    static func parse(_ text: String) throws -> UUID {
        guard let id = UUID(uuidString: text) else { throw ValidationError("'\(text)' is not a campaign's id (a UUID)") }
        return id
    }
}

/// What moving a campaign has in common, whichever way it goes.
enum CampaignMove {
    private struct Answer: Encodable {
        var campaign: UUID
        var success: Bool
        var from, to: String?
        var error: String?
    }

    static func run(
        _ target: CampaignTarget, actor: String?, reason: String?,
        _ move: @Sendable @escaping (DomainFlow, UUID, String?, String?) async throws -> TransitionResult
    ) async throws {
        let database = DomainFlow(try await target.connection.connect())
        let id = target.id
        let result = try await database.transaction(correlationID: "campaign/\(id.uuidString.lowercased())") {
            try await move($0, id, actor ?? NSUserName(), reason)
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
            hint: "`domainflow campaign status <id>` shows where it is.")
    }

    static func missing(_ id: UUID) -> CommandFailure {
        CommandFailure(
            .failed, "there is no campaign \(id.uuidString.lowercased())", hint: "`domainflow campaign list` shows those there are.")
    }
}

/// Who does it, and why; both go into the state's history.
struct CampaignReason: ParsableArguments {
    @Option(help: "Who does it. Default: you.")
    var actor: String?

    @Option(help: "Why.")
    var reason: String?
}

struct CampaignStart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "start", abstract: "Start a draft campaign.")
    @OptionGroup var target: CampaignTarget
    @OptionGroup var why: CampaignReason
    func run() async throws {
        try await CampaignMove.run(target, actor: why.actor, reason: why.reason) { try await $0.startCampaign($1, actor: $2, reason: $3) }
    }
}

struct CampaignPause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Pause a running campaign; jobs being worked on are finished.")
    @OptionGroup var target: CampaignTarget
    @OptionGroup var why: CampaignReason
    func run() async throws {
        try await CampaignMove.run(target, actor: why.actor, reason: why.reason) { try await $0.pauseCampaign($1, actor: $2, reason: $3) }
    }
}

struct CampaignResume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Resume a paused campaign.")
    @OptionGroup var target: CampaignTarget
    @OptionGroup var why: CampaignReason
    func run() async throws {
        try await CampaignMove.run(target, actor: why.actor, reason: why.reason) { try await $0.resumeCampaign($1, actor: $2, reason: $3) }
    }
}

struct CampaignCancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "cancel", abstract: "Cancel a campaign for good; names made so far stay.")
    @OptionGroup var target: CampaignTarget
    @OptionGroup var why: CampaignReason
    func run() async throws {
        try await CampaignMove.run(target, actor: why.actor, reason: why.reason) { try await $0.cancelCampaign($1, actor: $2, reason: $3) }
    }
}
