/// Where the project keeps the released text of a file that was edited after its release.
enum Superseded {
    static let folder = "released/"

    /// `functions/job/claim_jobs.sql` as 0.3.2 froze it: `released/job/claim_jobs@0.3.2.sql`.
    static func path(of path: String, release: String) -> String {
        let below = path.hasPrefix("functions/") ? path.dropFirst("functions/".count) : path[...]
        let stem = below.hasSuffix(".sql") ? below.dropLast(4) : below
        return folder + stem + "@" + release + ".sql"
    }
}
