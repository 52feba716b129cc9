/// A function, and what it works on.
struct CatalogOutline: Sendable {
    var function: CatalogFunction
    /// The function and those it calls, callees first.
    var functions: [CatalogFunction] = []
    /// Sequences and types before tables, tables before those that refer to them, and before the views on them.
    var relations: [CatalogRelation] = []
    var extensions: [String] = []
    /// The functions that tables name, by oid.
    var early: Set<Int> = []
    /// The functions that each function names, by oid.
    var calls: [Int: [Int]] = [:]
    /// Foreign tables that its body names, which a scenario must make itself.
    var missing: [String] = []
    /// The schemas that names without one are looked up in.
    var path: [String] = []

    /// The functions that tables need, with those that they call.
    var neededByTables: Set<Int> {
        var found = early
        var open = Array(early)
        while let next = open.popLast() {
            for callee in calls[next] ?? [] where found.insert(callee).inserted { open.append(callee) }
        }
        return found
    }

    var tables: [CatalogRelation] { relations.filter(\.isTable) }
    /// What creates the enums, domains and ranges, each after those that it is made of.
    var types: [String] {
        let used = relations.flatMap { $0.columns.map(\.type) } + functions.flatMap { $0.arguments.map(\.type) + [$0.returns] }
        var seen: Set<String> = []
        return used.flatMap(\.create).filter { seen.insert($0).inserted }
    }
}
