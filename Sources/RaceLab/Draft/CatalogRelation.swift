/// A table, view, sequence or composite type.
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

        /// The server gives it a value when a statement does not.
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
    /// The query of a view.
    var definition: String?
    /// What has to be there first: relations in the query of a view, and composite types of columns.
    var uses: [Int]
    /// The functions in its indexes and its query.
    var functions: [Int]
    /// The functions in its checks and expressions, which have to be there first.
    var earlyFunctions: [Int]

    var isView: Bool { "vm".contains(kind) }
    var isTable: Bool { "rp".contains(kind) }
}
