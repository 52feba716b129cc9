import ArgumentParser
import DomainFlow

struct AuthzCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Decide whether a subject may do something to a resource.",
        discussion: "Exit code 0 if it is allowed, 1 if it is denied. The decision is logged like every other one.")

    @Argument(help: "Who: user:anne, or group:eng#member for the members of a group.")
    var subject: String

    @Argument(help: "A relation of the resource's type, e.g. viewer.")
    var action: String

    @Argument(help: "Type and id, e.g. document:1.", transform: AuthzResource.parse)
    var resource: AuthzResource

    @OptionGroup var context: AuthzContext

    @OptionGroup var options: AuthzOptions

    func run() async throws {
        let decision = try await options.database().checkAccess(
            subject, to: action, resourceType: resource.type, resourceID: resource.id, context: context.object ?? "{}",
            model: options.model, forWrite: false)
        if options.json {
            try Output.json(decision)
        } else {
            let color: TerminalColor = decision.isAllowed ? .green : .red
            let reason = VisibleText.of(decision.reason)
            Output.write("\(color.of(decision.isAllowed ? "allowed" : "denied")): \(reason)\n", to: .standardOutput)
            Output.line(
                "  \(decision.reasonCode); revision \(decision.revision) of model \(options.model); "
                    + "decision \(decision.decisionID.uuidString.lowercased())")
        }
        if !decision.isAllowed { throw ExitStatus.failed.code }
    }
}
