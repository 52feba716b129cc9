import PQClient

extension Scenario.Mutant {
    /// Changes the database at the other end of `connection`.
    ///
    /// - Throws: ``StaleMutantError`` when that cannot be done: the code moved on and the mutant must follow.
    func apply(on connection: PostgresConnection) async throws {
        switch change {
        case .script(let script):
            do throws(PostgresError) {
                _ = try await connection.execute(script)
            } catch {
                guard error.kind == .server else { throw error }
                throw StaleMutantError("'\(name)': its script failed: \(error)")
            }
        case .replace(let replacements):
            // All changes of a function at once: with some of them only it may not be a function.
            var functions: [String] = []
            for replacement in replacements where !functions.contains(replacement.function) { functions.append(replacement.function) }
            for function in functions {
                try await apply(replacements.filter { $0.function == function }, to: function, on: connection)
            }
        }
    }

    private func apply(_ replacements: [Replacement], to function: String, on connection: PostgresConnection) async throws {
        let found = try await connection.query(
            """
            SELECT pg_catalog.pg_get_functiondef(p.oid)
              FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
             WHERE p.prokind IN ('f', 'p') AND n.nspname || '.' || p.proname = \(function)
             ORDER BY p.oid
            """)
        guard found.rowCount > 0 else { throw StaleMutantError("'\(name)': there is no function \(function)") }
        for replacement in replacements where !found.contains(where: { $0.text(0)?.contains(replacement.text) ?? false }) {
            throw StaleMutantError("'\(name)': \(function) no longer contains '\(replacement.text)'")
        }
        for row in found {
            guard let original = row.text(0) else { continue }
            let changed = replacements.reduce(original) { $0.replacing($1.text, with: $1.with) }
            guard changed != original else { continue }
            do throws(PostgresError) {
                try await connection.execute(changed)
            } catch {
                guard error.kind == .server else { throw error }
                throw StaleMutantError("'\(name)': the changed \(function) is no longer a function: \(error)")
            }
        }
    }
}
