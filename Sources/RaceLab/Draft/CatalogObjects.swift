// What a scenario needs to know of a database's own functions, tables and types, as the catalog answers it in JSON.
// Names are quoted and written with their schema.

/// A type of an argument or column.
struct CatalogType: Decodable, Sendable {
    var name: String
    /// `typcategory` of the type, or of what it is a domain over.
    var category: String
    /// `typname`, of a domain's base.
    var base: String
    /// Of an enum, in order.
    var labels: [String]
    /// What creates it, unless it is built in or an extension's.
    var create: String?
    var `extension`: String?
}

struct CatalogFunction: Decodable, Sendable {
    struct Argument: Decodable, Sendable {
        var name: String?
        /// `proargmodes`: i, o, b (in and out), v (variadic), t (column of the answer).
        var mode: String
        var type: CatalogType
        var isInput: Bool { "ibv".contains(mode) }
    }
    var oid: Int
    var schema, name: String
    /// How it is called: `public.deposit`.
    var call: String
    var signature: String
    var kind: String
    var language: String
    var body: String
    var definition: String
    var arguments: [Argument]
    /// How many of the last inputs have a default.
    var defaults: Int
    var returns: CatalogType
    var settings: [String]

    var isProcedure: Bool { kind == "p" }
    /// The inputs that a call must give.
    var required: [Argument] { Array(arguments.filter(\.isInput).dropLast(defaults)) }
}

/// A table, sequence or composite type.
struct CatalogRelation: Decodable, Sendable {
    struct Column: Decodable, Sendable {
        var name: String
        var quoted: String
        var type: CatalogType
        var notNull: Bool
        var expression: String?
        /// `attidentity`: a (always), d (by default).
        var identity: String
        /// The expression computes the column, rather than being its default.
        var generated: Bool

        /// The server gives it a value when nobody else does.
        var isFilled: Bool { expression != nil || !identity.isEmpty }
        /// Its value comes from a sequence.
        var isDrawn: Bool { !identity.isEmpty || expression?.hasPrefix("nextval(") ?? false }
    }
    struct Constraint: Decodable, Sendable {
        var name: String
        /// `contype`: p, u, c, f, x.
        var kind: String
        var columns: [String]
        var definition: String
        var references: Int?
    }
    struct Trigger: Decodable, Sendable {
        var definition: String
        var function: Int
    }
    var oid: Int
    var schema, name: String
    /// `relkind`
    var kind: String
    var columns: [Column]
    var constraints: [Constraint]
    var indexes: [String]
    var triggers: [Trigger]
    /// Those that column defaults draw from.
    var sequences: [Int]

    var isTable: Bool { "rp".contains(kind) }
}

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
