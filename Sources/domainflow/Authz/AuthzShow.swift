import ArgumentParser
import DomainFlow
import Foundation
import PQClient

struct AuthzShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the authorization models, or the revisions and policies of one.",
        discussion: """
            With --text, it prints a model as it was defined: domainflow authz show shop --text > shop.fga writes a file for \
            domainflow authz apply. Needs domainflow_auditor.
            """)

    @Argument(help: "Name of a model. Default: all models.")
    var model: String?

    @Flag(help: "Print the text of the revision that decides now.")
    var text = false

    @Option(help: "Print the text of this revision.")
    var revision: Int?

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var tables: TableOptions

    @OptionGroup var connection: ConnectionOptions

    private struct Report: Encodable {
        var model: String
        var revisions: [ModelRevision]
        var policies: [AccessPolicy]
    }

    private static let noModels = "no authorization models yet; `domainflow authz apply` defines one"

    func validate() throws {
        if model == nil, text || revision != nil { throw ValidationError("--text and --revision need the name of a model") }
    }

    func run() async throws {
        let catalog = ModelCatalog(connection: try await connection.connect())
        guard let model else { return try show(try await catalog.models()) }
        let revisions = try await catalog.revisions(model)
        guard let current = revisions.first else {
            throw CommandFailure(.failed, "there is no authorization model \(model)", hint: "`domainflow authz show` lists them.")
        }
        if text || revision != nil {
            guard let asked = revisions.first(where: { $0.revision == revision ?? current.revision }) else {
                throw CommandFailure(
                    .failed, "model \(model) has no revision \(revision ?? 0)", hint: "`domainflow authz show \(model)` lists them.")
            }
            return json ? try Output.json(asked) : Output.document(asked.source)
        }
        let report = Report(model: model, revisions: revisions, policies: try await catalog.policies(model))
        return json ? try Output.json(report) : show(report)
    }

    private func show(_ models: [ModelSummary]) throws {
        guard !json else { return try Output.json(models) }
        var table = OutputTable(["model!", "revision>", "policies>", "defined at", "defined by"])
        for model in models {
            table.add([
                model.model, "\(model.revision)", OutputFormat.count(model.policies), model.definedAt.formatted(.iso8601), model.definedBy,
            ])
        }
        Output.line(models.isEmpty ? Self.noModels : table.render(width: tables.width))
    }

    private func show(_ report: Report) {
        var revisions = OutputTable(["revision>", "defined at", "defined by", "bytes>"])
        for revision in report.revisions {
            revisions.add([
                "\(revision.revision)", revision.definedAt.formatted(.iso8601), revision.definedBy,
                OutputFormat.count(revision.source.utf8.count),
            ])
        }
        Output.line(revisions.render(width: tables.width))
        guard !report.policies.isEmpty else { return Output.line("no policies") }
        var policies = OutputTable(["policy!", "effect", "type", "actions", "condition", "description?"])
        for policy in report.policies {
            policies.add([
                policy.name, policy.effect.rawValue, policy.resourceType, policy.actions.joined(separator: ", "),
                policy.condition ?? "always", policy.description ?? "",
            ])
        }
        Output.line(policies.render(width: tables.width))
    }
}
