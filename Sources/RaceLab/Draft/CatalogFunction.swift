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
