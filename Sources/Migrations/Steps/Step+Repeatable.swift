extension Step {
    /// A repeatable step runs in a transaction, and belongs to no release.
    func refuseUnfitRepeatable() throws(MigrationError) {
        guard isRepeatable else { return }
        let what: String? =
            !header.transactional
            ? "a repeatable step with \"transaction: no\""
            : prelude != nil
                ? "a repeatable step with a prelude" : header.config.isEmpty ? nil : "a repeatable step with \"config\""
        guard let what else { return }
        throw MigrationError(
            .badInput, what, file: file, line: 1,
            hint: "repeatable steps are for what CREATE OR REPLACE makes: put this into a numbered step")
    }
}
