import DomainFlow
import Foundation
import PQClient

/// Stands in for the server behind a ``DomainFlowClient`` and compares each statement that comes with the function it calls: its
/// arguments by name, order and type, its defaults, and the columns it reads. The answer is one row of sample values of the
/// function's types, so that reading them into the Swift types is tried too.
///
/// It works for statements that call one function, each argument a parameter: `domainflow.f(p_a => $1::text, p_b => $2::integer)`.
actor FacadeChecker {
    private let connection: PostgresConnection
    private let catalog: [String: CatalogFunction]
    private var called: Set<String> = []
    private(set) var problems: [String] = []

    /// Parameters and columns that no typed call has, and why.
    static let leftOut = [
        "define_state_machine.p_built_in": "it is for DomainFlow's own steps",
        "get_row_changes.key_hash": "it is for the index, and the key is beside it",
    ]
    /// Functions of whose rows only some columns are read, and why.
    static let partlyRead = ["create_campaign": "the caller gave all of it but the id"]
    /// Values that Swift reads as cases of an enum.
    static let samples = [
        "fail_job.fail_job": "retry", "fail_campaign_job.fail_campaign_job": "dead", "process_campaign_job.outcome": "done",
        "rescue_jobs.outcome": "dead", "get_authorization_decisions.decision": "deny",
        "get_row_changes.operation": "UPDATE", "verify_audit.outcome": "cut off",
        "write_relation.write_relation": "created", "write_relations.write_relations": "kept", "explain_access.verdict": "yes",
        "simulate_policy.decision": "deny", "simulate_policy.would_be": "allow",
    ]

    init(_ connection: PostgresConnection) async throws {
        self.connection = connection
        let functions = try await CatalogFunction.all(connection)
        catalog = Dictionary(functions.map { ($0.name, $0) }) { first, _ in first }
        if catalog.count != functions.count { problems.append("a public function is overloaded: \(functions.map(\.name))") }
    }

    /// The functions that no call came for.
    var missing: [String] { catalog.keys.filter { !called.contains($0) }.sorted() }

    /// Makes one typed call.
    func check(_ call: @Sendable (DomainFlowClient) async throws -> Void) async {
        do {
            try await call(DomainFlowClient(answeringWith: { try await self.answer($0) }))
        } catch {
            problems.append("\(error)")
        }
    }

    private func answer(_ query: PostgresQuery) async throws -> PostgresResult {
        let names = query.sql.matches(of: /domainflow\.([a-z][a-z0-9_]*)\(/).map { String($0.1) }
        guard names.count == 1, let function = catalog[names[0]] else {
            throw PostgresError(.usage, "not a call of one function of the catalog: \(query.sql)")
        }
        called.insert(function.name)
        let parameters = self.parameters(function, query)
        try await compareTypes(function, query, parameters)
        try await compareDefaults(function, query, parameters)
        if !function.isScalar, Self.partlyRead[function.name] == nil {
            let words = Set(query.sql.split { !$0.isLetter && !$0.isNumber && $0 != "_" })
            for column in function.columns
            where !words.contains(Substring(column.name)) && Self.leftOut["\(function.name).\(column.name)"] == nil {
                problems.append("\(function.name): its column \(column.name) is not read")
            }
        }
        return try await sampleRow(function)
    }

    /// The function's parameters in the order of the statement's `$1`, `$2` …
    private func parameters(_ function: CatalogFunction, _ query: PostgresQuery) -> [CatalogFunction.Parameter] {
        let expected = function.parameters.filter { Self.leftOut["\(function.name).\($0.name)"] == nil }
        let named = query.sql.matches(of: /(p_[a-z0-9_]+) => \$([0-9]+)/)
        let found = named.map { String($0.1) }
        if found != expected.map(\.name) || named.compactMap({ Int($0.2) }) != Array(query.binds.indices.map { $0 + 1 }) {
            problems.append("\(function.name) takes \(expected.map(\.name)) and is called with \(found)")
        }
        return Array(expected.prefix(query.binds.count))
    }

    private func compareTypes(
        _ function: CatalogFunction, _ query: PostgresQuery, _ parameters: [CatalogFunction.Parameter]
    ) async throws {
        try await connection.execute("PREPARE facade_call AS \(query.sql)")
        let types = try await connection.query("SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = 'facade_call'")
            .single().get(0, as: [String].self)
        try await connection.execute("DEALLOCATE facade_call")
        for (parameter, type) in zip(parameters, types) where parameter.type != type {
            problems.append("\(function.name): \(parameter.name) is \(parameter.type) and is sent as \(type)")
        }
    }

    /// Each call of the list leaves out what Swift has a default for.
    private func compareDefaults(
        _ function: CatalogFunction, _ query: PostgresQuery, _ parameters: [CatalogFunction.Parameter]
    ) async throws {
        for (parameter, value) in zip(parameters, query.binds) {
            guard let expression = parameter.defaultValue else { continue }
            // In a batch nil stands for an array of nils, and the call sends the array.
            if parameter.type.hasSuffix("[]"), value.text != nil, expression.hasPrefix("NULL") { continue }
            let equal = try await connection.query(
                PostgresQuery("SELECT $1::\(parameter.type) IS NOT DISTINCT FROM (\(expression))::\(parameter.type)", [value])
            ).single().get(0, as: Bool.self)
            if !equal {
                problems.append("\(function.name): \(parameter.name) is \(expression) by default and was sent as \(value.text ?? "NULL")")
            }
        }
    }

    private func sampleRow(_ function: CatalogFunction) async throws -> PostgresResult {
        let columns = function.isScalar ? [try await scalar(function)] : function.columns
        let list = try columns.map { column in
            guard let value = Self.samples["\(function.name).\(column.name)"] ?? Self.sample(of: column.type) else {
                throw PostgresError(.usage, "\(function.name): no sample value of type \(column.type)")
            }
            return "\(PostgresQuery.quoteLiteral(value))::\(column.type) AS \(PostgresQuery.quoteIdentifier(column.name))"
        }
        return try await connection.query("SELECT \(unescaped: list.joined(separator: ", "))")
    }

    private func scalar(_ function: CatalogFunction) async throws -> CatalogFunction.Column {
        let type: String = try await connection.query(
            """
            SELECT format_type(prorettype, NULL) FROM pg_proc
             WHERE pronamespace = 'domainflow'::regnamespace AND proname = \(function.name)
            """
        ).single().get(0)
        return CatalogFunction.Column(name: function.name, type: type == "void" ? "text" : type)
    }

    /// Values that only the right type can take: numbers that need all their bits, text that is no number.
    private static func sample(of type: String) -> String? {
        switch type {
        case "text": "sample"
        case "boolean": "t"
        case "smallint": "32767"
        case "integer": "2147483647"
        case "bigint": "9223372036854775807"
        case "xid8": "18446744073709551615"
        case "double precision": "0.5"
        case "jsonb": #"{"sample": [1, null]}"#
        case "uuid": "0f0e0d0c-0b0a-4908-8706-050403020100"
        case "timestamp with time zone": "2026-01-02 03:04:05.678901+00"
        case "text[]": #"{a,"b c"}"#
        case "pg_snapshot": "18446744073709551614:18446744073709551615:"
        default: nil
        }
    }
}
