import DomainFlow

/// Defines a model, or only tries to.
struct ModelApplication {
    private struct Tried: Error { var revision: Int }

    let database: DomainFlowClient
    let model, source: String
    /// The revision that it has to become for what was shown to be true; nil if nothing was shown.
    let expected: Int?
    let dryRun: Bool

    /// Returns the revision.
    ///
    /// - Parameter agreed: the detail of the refusal to which the user agreed, without which no other facts are orphaned.
    func run(orphans: OrphanedFacts, agreed: String? = nil) async throws -> Int {
        let (model, source, expected, dryRun) = (model, source, expected, dryRun)
        do {
            return try await database.transaction { database, connection in
                if let agreed {
                    do {
                        _ = try await connection.savepoint { _ in try await database.defineAuthorizationModel(model, source: source) }
                    } catch let error as DomainFlowError where error.code == .bizInvariant {
                        guard error.detail == agreed else { throw Self.overtaken("facts of other kinds were written") }
                    }
                }
                let revision = try await database.defineAuthorizationModel(model, source: source, orphans: orphans)
                guard revision == expected ?? revision else { throw Self.overtaken("another revision was defined") }
                if dryRun { throw Tried(revision: revision) }
                return revision
            }
        } catch let tried as Tried {
            return tried.revision
        }
    }

    private static func overtaken(_ event: String) -> CommandFailure {
        CommandFailure(.failed, "nothing was changed: \(event) meanwhile", hint: "Run the command again; it shows what changes now.")
    }
}
