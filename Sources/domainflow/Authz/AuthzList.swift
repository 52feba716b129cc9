import ArgumentParser
import DomainFlow

struct AuthzList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the resources of a subject, or the subjects of a resource.",
        subcommands: [AuthzListResources.self, AuthzListSubjects.self])

    private struct Report: Encodable {
        var ids: [String]
        /// Whether there are no more.
        var complete: Bool
    }

    /// Prints the ids, one a line as they are read, or all of them as JSON.
    static func print(_ list: AccessList, limit: Int?, json: Bool, named name: (String) -> String) async throws {
        var report = Report(ids: [], complete: true)
        var count = 0
        for try await id in list {
            if count == limit {
                report.complete = false
                break
            }
            count += 1
            if json { report.ids.append(name(id)) } else { Output.line(name(id)) }
        }
        if json { try Output.json(report) } else if !report.complete { Output.note("there are more; raise --limit, or leave it out") }
    }
}
