/// A function, and what it works on.
struct CatalogOutline: Sendable {
    var function: CatalogFunction
    /// The function and those it calls, callees first.
    var functions: [CatalogFunction] = []
    /// Sequences and types before tables, tables before those that refer to them.
    var relations: [CatalogRelation] = []
    var extensions: [String] = []
    /// Views and the like that its body names, which a scenario must make itself.
    var missing: [String] = []
    /// The schemas that names without one are looked up in.
    var path: [String] = []

    var tables: [CatalogRelation] { relations.filter(\.isTable) }
    /// Enums and domains, in the order in which they were found.
    var types: [CatalogType] {
        let used = relations.flatMap { $0.columns.map(\.type) } + functions.flatMap { $0.arguments.map(\.type) + [$0.returns] }
        var seen: Set<String> = []
        return used.filter { $0.create != nil && seen.insert($0.create!).inserted }
    }
}
