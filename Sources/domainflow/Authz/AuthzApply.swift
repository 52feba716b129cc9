import ArgumentParser
import DomainFlow
import Foundation
import PQClient

struct AuthzApply: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Define an authorization model from a file, and show what changes.",
        discussion: """
            The file has OpenFGA's modelling language, schema 1.1. The new revision decides from the commit on.

            Facts that the model no longer admits stay stored and do not count. If there are any, the command names their kinds and \
            asks; if standard input is not a terminal, it needs --orphans ignore.
            """)

    @Argument(help: "Path of the model, e.g. shop.fga.")
    var file: String

    @Option(
        help: ArgumentHelp(
            "What to do if facts exist that the model does not admit: give up, or let them not count. Default: ask.", valueName: "action"))
    var orphans: OrphanedFacts?

    @Flag(help: "Compile the model and show what would change, and change nothing.")
    var dryRun = false

    @OptionGroup var options: AuthzOptions

    private struct Report: Encodable {
        var model: String
        var revision: Int
        /// nil if this role may not read the text before.
        var changes: [ModelChange]?
        /// Kinds of facts that will not count any more, if the command had to ask.
        var orphans: String?
        var dryRun: Bool
    }

    func run() async throws {
        let file = try ModelFile(file)
        do {
            try await apply(file)
        } catch let error as DomainFlowError {
            guard let problem = file.problem(error) else { throw error }
            guard options.json else { throw file.failure(problem) }
            try Output.json(["error": problem])
            throw ExitStatus.badInput.code
        }
    }

    private func apply(_ file: ModelFile) async throws {
        let connection = try await options.connection.connect()
        let preview = try await preview(file.source, connection)
        let application = ModelApplication(
            database: DomainFlowClient(connection), model: options.model, source: file.source, expected: preview?.revision, dryRun: dryRun)
        var report = Report(model: options.model, revision: 0, changes: preview?.changes, dryRun: dryRun)
        do {
            report.revision = try await application.run(orphans: orphans ?? .refuse)
            show(preview)
        } catch let error as DomainFlowError {
            guard orphans == nil, error.code == .bizInvariant, let kinds = error.detail?.wholeMatch(of: /kinds \([^)]*\): (.*)/)?.1 else {
                throw error
            }
            report.orphans = String(kinds)
            show(preview)
            if !dryRun {
                try Confirmation.ask(
                    would: "leave facts that do not count any more: \(kinds)",
                    question: "Facts of these kinds (object#relation@subject) will not count any more: \(kinds)\nApply the model?",
                    yes: false, confirmedBy: "--orphans ignore")
            }
            report.revision = try await application.run(orphans: .ignore, agreed: error.detail)
        }
        if options.json { try Output.json(report) } else { tell(report, isUnchanged: preview?.isUnchanged == true) }
        if dryRun, report.orphans != nil { throw ExitStatus.failed.code }
    }

    /// nil if this role may not read the model that decides now.
    private func preview(_ source: String, _ connection: PostgresConnection) async throws -> ModelPreview? {
        do {
            return ModelPreview(source, before: try await ModelCatalog(connection: connection).current(options.model))
        } catch let error as PostgresError where error.sqlState == "42501" {
            Output.note("this role may not read models, so the changes are not shown; domainflow_auditor may")
            return nil
        }
    }

    private func show(_ preview: ModelPreview?) {
        guard !options.json else { return }
        for change in preview?.changes ?? [] { Output.write(change.text + "\n", to: .standardOutput) }
    }

    private func tell(_ report: Report, isUnchanged: Bool) {
        if let orphans = report.orphans {
            Output.line("facts that \(dryRun ? "would not" : "do not") count any more: \(orphans)")
        }
        if isUnchanged {
            Output.line("model \(report.model) is unchanged: revision \(report.revision)")
        } else if dryRun {
            Output.line("this would be revision \(report.revision) of model \(report.model)")
        } else {
            Output.line("revision \(report.revision) of model \(report.model) decides now")
        }
    }
}

extension OrphanedFacts: ExpressibleByArgument {}
