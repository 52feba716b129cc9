import ArgumentParser
import DomainFlow
import PQClient

struct AuthzExplain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show why a subject has an action on a resource, or what it lacks.",
        discussion: """
            Prints a tree of everything that the model looked at, and after a denial the nearest fact that would allow it. \
            Policies are not in the tree; domainflow authz check names them. Needs domainflow_auditor.
            """)

    @Argument(help: "Who: user:anne, or group:eng#member for the members of a group.")
    var subject: String

    @Argument(help: "A relation of the resource's type, e.g. viewer.")
    var action: String

    @Argument(help: "Type and id, e.g. document:1.", transform: AuthzResource.parse)
    var resource: AuthzResource

    @OptionGroup var options: AuthzOptions

    func run() async throws {
        let steps = try await options.database().explainAccess(
            subject, to: action, resourceType: resource.type, resourceID: resource.id, model: options.model)
        guard !options.json else { return try Output.json(steps) }
        Output.write(AccessTree.text(steps, colored: TerminalColor.areShown), to: .standardOutput)
    }
}
