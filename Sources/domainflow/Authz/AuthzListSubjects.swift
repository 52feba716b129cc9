import ArgumentParser
import DomainFlow

struct AuthzListSubjects: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subjects", abstract: "List the subjects that have an action on a resource.",
        discussion: "A line such as user:* stands for every subject of the type.")

    @Argument(help: "Type and id, e.g. document:1.", transform: AuthzResource.parse)
    var resource: AuthzResource

    @Argument(help: "A relation of the resource's type, e.g. viewer.")
    var action: String

    @Argument(help: "Which subjects: a type, e.g. user, or a type and a relation, e.g. group#member.")
    var kind: String

    @OptionGroup var options: AuthzListOptions

    func run() async throws {
        let list = try await options.authz.database().allSubjects(
            kind, withAccessTo: action, resourceType: resource.type, resourceID: resource.id, pageSize: options.pageSize,
            model: options.authz.model, context: options.context.object)
        let parts = kind.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let relation = parts.count > 1 ? "#\(parts[1])" : ""
        try await AuthzList.print(list, limit: options.limit, json: options.authz.json) { "\(parts[0]):\($0)\(relation)" }
    }
}
