import PQClient

extension CatalogReader {
    /// The function or procedure that `text` names: `deposit`, `app.deposit` or `deposit(integer)`.
    func resolve(_ text: String, path: [String]) async throws -> Int {
        let nameOnly = Self.withoutTypes(text)
        let hasTypes = nameOnly != text
        if hasTypes {
            let found: PostgresResult
            do throws(PostgresError) {
                found = try await rows("SELECT to_regprocedure(\(text))::oid::bigint")
            } catch {
                guard error.kind == .server else { throw error }
                throw RaceError("'\(text)' is not a function name: \(error.message)")
            }
            if let oid = found.first?.text(0).flatMap({ Int($0) }) { return try await checked(oid, text) }
        }
        let parts = try await identifiers(nameOnly)
        guard let name = parts.last, parts.count <= 2 else { throw RaceError("'\(text)' is not a function name: write schema.function") }
        let schemas = parts.count == 2 ? [parts[0]] : path
        let found = try await rows(
            """
            SELECT p.oid::bigint, p.oid::regprocedure::text FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
             WHERE p.proname = \(name) AND n.nspname = ANY (\(schemas)::text[]) ORDER BY p.oid
            """)
        let signatures = found.compactMap { $0.text(1) }
        if hasTypes, !signatures.isEmpty {
            throw RaceError("there is no \(text); there is \(signatures.joined(separator: ", "))")
        }
        guard found.rowCount < 2 else {
            throw RaceError(
                "'\(text)' means \(found.rowCount) functions; name one with its argument types: \(signatures.joined(separator: ", "))")
        }
        guard let row = found.first else { throw try await unknown(text, name) }
        return try await checked(try row.get(0), text)
    }

    /// The text before the parenthesis of the argument types; a parenthesis in a quoted name does not count.
    private static func withoutTypes(_ text: String) -> String {
        var isQuoted = false
        return String(
            text.prefix { character in
                if character == "\"" { isQuoted.toggle() }
                return isQuoted || character != "("
            })
    }

    private func identifiers(_ text: String) async throws -> [String] {
        do throws(PostgresError) {
            return try await rows("SELECT part FROM unnest(parse_ident(\(text))) AS part").compactMap { $0.text(0) }
        } catch {
            guard error.kind == .server else { throw error }
            throw RaceError("'\(text)' is not a function name: \(error.message)")
        }
    }

    /// Functions and procedures that a statement can call directly.
    private func checked(_ oid: Int, _ text: String) async throws -> Int {
        let kind = try await rows(
            """
            SELECT CASE WHEN prokind = 'a' THEN 'an aggregate' WHEN prokind = 'w' THEN 'a window function'
                        WHEN prorettype IN ('trigger'::regtype, 'event_trigger'::regtype) THEN 'a trigger function' END
              FROM pg_proc WHERE oid = \(oid)::bigint::oid
            """
        ).single().text(0)
        guard let kind else { return oid }
        throw RaceError(
            "\(text) is \(kind), which cannot be called by itself: write a function around the statements that run it, and name that")
    }

    /// Names that differ in few letters, or contain this one.
    private func unknown(_ text: String, _ name: String) async throws -> RaceError {
        let names = try await rows(
            """
            SELECT DISTINCT n.nspname || '.' || p.proname, p.proname FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
             WHERE p.prokind IN ('f', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
             ORDER BY 1
            """)
        let pairs = names.compactMap { row in row.text(0).flatMap { full in row.text(1).map { (full: full, name: $0) } } }
        let near = Spelling.near(name, among: pairs, \.name).map(\.full)
        let hint = near.isEmpty ? "write schema.function; `\\df` in psql lists them" : "similar: \(near.joined(separator: ", "))"
        return RaceError("there is no function \(text) in this database; \(hint)")
    }
}
