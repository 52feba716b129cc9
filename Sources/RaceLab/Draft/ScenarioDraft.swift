import PQClient

/// A first scenario for a function: it runs unchanged if the function's tables can be created and filled by rule, and lists what is left
/// to do.
public struct ScenarioDraft: Sendable {
    /// The scenario file.
    public private(set) var text: String
    public let signature: String
    public let tables: [String]
    private let outline: CatalogOutline

    /// - Parameter name: `deposit`, `app.deposit` or `deposit(integer)`.
    /// - Throws: ``RaceError`` for a name that matches no function or several, or one that a statement cannot call directly.
    public static func read(_ name: String, on connection: PostgresConnection) async throws -> ScenarioDraft {
        ScenarioDraft(try await CatalogReader(connection: connection).outline(of: name), DraftVariation())
    }

    /// The same draft with other arguments and rows.
    public func varied(_ variation: DraftVariation) -> ScenarioDraft { ScenarioDraft(outline, variation) }

    /// The draft with a remark for its author before the setup.
    public func noting(_ remark: String) -> ScenarioDraft {
        var copy = self
        copy.text = text.replacing("setup {\n", with: "# \(remark)\nsetup {\n", maxReplacements: 1)
        return copy
    }

    private static let rows = 4

    init(_ outline: CatalogOutline, _ variation: DraftVariation) {
        self.outline = outline
        let function = outline.function
        let call = CallDraft(function, variation)
        let setup = SetupDraft(outline, variation)
        signature = function.signature
        tables = outline.tables.map(\.name)

        var parts = [
            """
            # \(function.signature): what must hold when many call it at once? Write that here, as one sentence.
            #
            # Try it:   domainflow race explore <this file>     domainflow race run <this file> --seconds 5
            connections 8
            rows \(Self.rows)
            """
        ]
        if !setup.notes.isEmpty { parts.append("# Fill in:\n" + setup.notes.map { "# - \($0)" }.joined(separator: "\n")) }
        parts.append("setup {\n\(setup.text)\n}")
        if outline.tables.contains(where: { !$0.triggers.isEmpty }) {
            parts.append("# Triggers do not fire while rows are put back.")
        }
        parts.append("reset {\n\(setup.reset)\n}")
        let inputs = function.arguments.filter(\.isInput)
        if function.defaults > 0 {
            let names = inputs.enumerated().suffix(function.defaults).map { $1.name ?? "argument \($0 + 1)" }
            parts.append("# Left out, because they have defaults: \(names.joined(separator: ", ")).")
        }
        if function.language != "plpgsql" {
            parts.append(
                "# Sessions stop between the statements of PL/pgSQL and SQL functions; this one is of language \(function.language).")
        }
        parts.append("# Clients of `race run` call this over and over; :client, :worker, :sequence and :rows may be used too.")
        parts.append("operation \"call\" {\n    \(call.hammered)\n}")
        parts.append(
            "# Sessions of `race explore`; give them different arguments where that is what happens: :session is the session's number.")
        parts.append("session s times 2\nstep call { \(call.explored); }")
        if let opposite = call.opposite { parts.append("session other\nstep opposite { \(opposite); }") }
        let observed = outline.tables.map { Self.observed($0, outline) }
        if observed.contains(where: { $0 != "*" }) {
            parts.append(
                "# Left out: times and random values, which differ from run to run, and numbers drawn from sequences, whose order is that of"
            )
            parts.append("# the draws, whatever else happens first.")
        }
        for (table, columns) in zip(outline.tables, observed) { parts.append("observe { SELECT \(columns) FROM \(table.name) }") }
        let ignored = Self.ignored(outline)
        parts.append(
            "expect serial"
                + (ignored.isEmpty ? "" : " ignoring " + ignored.map { PostgresQuery.quoteIdentifier($0) }.joined(separator: ", ")))
        parts.append("# An error that is an answer:  expect \"P0001\"   (in the operation too, before its block)")
        parts.append("invariant \"no deadlock\" { SELECT op, deadlocks FROM race.history WHERE '40P01' = ANY (retried) }")
        parts.append(Self.invariant(outline))
        parts += Self.mutants(function)
        text = parts.joined(separator: "\n") + "\n"
    }

    private static func observed(_ table: CatalogRelation, _ outline: CatalogOutline) -> String {
        let left = table.columns.filter { !$0.isDrawn && !isFickle($0, outline) }
        return left.count == table.columns.count ? "*" : left.isEmpty ? "count(*)" : left.map(\.quoted).joined(separator: ", ")
    }

    /// Whether its values differ from run to run, in every order of the sessions.
    private static func isFickle(_ column: CatalogRelation.Column, _ outline: CatalogOutline) -> Bool {
        SampleValue.isFickle(column.type) || column.type.base == "uuid" && (column.expression != nil || drawsUUIDs(outline))
    }

    private static func drawsUUIDs(_ outline: CatalogOutline) -> Bool {
        outline.functions.contains { $0.body.contains("gen_random_uuid") || $0.body.contains("uuid_generate") }
    }

    /// Columns of answers that are not compared. A row of a table has the table's.
    private static func ignored(_ outline: CatalogOutline) -> [String] {
        func isFickle(_ type: CatalogType) -> Bool { SampleValue.isFickle(type) || type.base == "uuid" && drawsUUIDs(outline) }
        let function = outline.function
        var names = function.arguments.filter { "obt".contains($0.mode) && isFickle($0.type) }.compactMap(\.name)
        if function.returns.category == "C" {
            names += outline.tables.flatMap { $0.columns.filter { Self.isFickle($0, outline) }.map(\.name) }
        } else if isFickle(function.returns) {
            names.append(function.name)
        }
        return Array(Set(names)).sorted()
    }

    private static func invariant(_ outline: CatalogOutline) -> String {
        let amounts = outline.tables.flatMap { table in
            table.columns.filter { column in
                column.type.category == "N" && !column.isDrawn
                    && !table.constraints.contains { "puf".contains($0.kind) && $0.columns.contains(column.name) }
            }.map { "SELECT * FROM \(table.name) WHERE \($0.quoted) < 0" }
        }
        let query = amounts.first ?? outline.tables.first.map { "SELECT * FROM \($0.name) WHERE …" } ?? "SELECT …"
        return """
            # Rows that must never exist, e.g.:
            # invariant "what must never be seen" { \(query) }
            """
    }

    /// The protections that its text shows, each to be taken out by `race mutate`.
    private static func mutants(_ function: CatalogFunction) -> [String] {
        let protections = [
            ("jobs that others hold are waited for", " SKIP LOCKED", ""), ("rows are not locked", "FOR UPDATE", ""),
            ("rows are not locked", "FOR NO KEY UPDATE", ""),
        ]
        let isPlain = function.call.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
        guard isPlain, function.schema != "domainflow" else { return [] }
        return protections.filter { function.body.contains($0.1) && !function.body.contains("\($0.1) SKIP LOCKED") }.map {
            name, text, with in
            "mutant \"\(name)\" in \(function.call) replace '\(text)' with '\(with)'"
        }
    }
}
