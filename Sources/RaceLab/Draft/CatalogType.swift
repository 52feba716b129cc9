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
    /// What creates it and the types that it is made of, those first; empty if it is built in or an extension's.
    var create: [String]
    var `extension`: String?
}
