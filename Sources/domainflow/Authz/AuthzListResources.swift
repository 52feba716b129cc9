import ArgumentParser
import DomainFlow

struct AuthzListResources: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resources", abstract: "List the resources of a type to which a subject has an action.")

    @Argument(help: "Who: user:anne, or group:eng#member for the members of a group.")
    var subject: String

    @Argument(help: "A relation of the type, e.g. viewer.")
    var action: String

    @Argument(help: "The type, e.g. document.")
    var type: String

    @OptionGroup var options: AuthzListOptions

    func run() async throws {
        let list = try await options.authz.database().allResources(
            subject, to: action, resourceType: type, pageSize: options.pageSize, model: options.authz.model,
            context: options.context.object)
        try await AuthzList.print(list, limit: options.limit, json: options.authz.json) { "\(type):\($0)" }
    }
}
