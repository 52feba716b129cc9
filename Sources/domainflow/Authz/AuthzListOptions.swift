import ArgumentParser

/// How much of a list is printed, from which model.
struct AuthzListOptions: ParsableArguments {
    @Option(help: "Greatest number of ids to print. Default: all.")
    var limit: Int?

    @OptionGroup var context: AuthzContext

    @OptionGroup var authz: AuthzOptions

    /// The size of the pages to read, which a small limit makes smaller.
    var pageSize: Int { min(limit.map { $0 + 1 } ?? .max, 1000) }

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1") }
    }
}
