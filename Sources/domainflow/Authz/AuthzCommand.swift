import ArgumentParser

struct AuthzCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "authz",
        abstract: "Define authorization models, and ask who may do what, and why.",
        subcommands: [AuthzApply.self, AuthzCheck.self, AuthzExplain.self, AuthzList.self, AuthzShow.self])
}
