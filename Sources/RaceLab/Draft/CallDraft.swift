/// Calls of a function, for many clients at once and for sessions that are explored.
struct CallDraft {
    /// With variables that each run fills in.
    let hammered: String
    /// With the same values in each session, so that they meet at the same rows.
    let explored: String
    /// For one more session, with the numbers of the rows in the opposite order, or those of another row; nil if that is the same.
    let opposite: String?

    init(_ function: CatalogFunction, _ variation: DraftVariation) {
        func call(_ value: (CatalogFunction.Argument) -> String) -> String {
            guard function.isProcedure else {
                let values = function.required.map { ($0.mode == "v" ? "VARIADIC " : "") + value($0) }
                return "SELECT * FROM \(function.call)(\(values.joined(separator: ", ")))"
            }
            // CALL wants something in the place of each OUT argument too.
            let values = function.arguments.filter { $0.mode != "t" }.dropLast(function.defaults).map {
                $0.isInput ? value($0) : "NULL::\($0.type.name)"
            }
            return "CALL \(function.call)(\(values.joined(separator: ", ")))"
        }
        hammered = call(Self.hammered)
        let keys = function.required.indices.filter { Self.isKey(function.required[$0]) }
        func explored(_ row: (Int) -> Int) -> String {
            var at = -1
            return call { argument in
                at += 1
                return Self.explored(argument, variation.arguments, row: keys.firstIndex(of: at).map(row) ?? 1)
            }
        }
        self.explored = explored { $0 + 1 }
        let other = explored { keys.count > 1 ? keys.count - $0 : 2 }
        opposite = other == self.explored ? nil : other
    }

    /// Its number is that of a row.
    private static func isKey(_ argument: CatalogFunction.Argument) -> Bool {
        guard "NS".contains(argument.type.category), !isWho(argument), let name = argument.name?.lowercased() else { return false }
        return name.hasSuffix("id")
            || ["from", "to", "source", "target", "src", "dst"].contains { name.hasPrefix($0) || name.hasSuffix("_\($0)") }
    }

    /// Cast: the variables are sent as text, and an overloaded name needs to know.
    private static func hammered(_ argument: CatalogFunction.Argument) -> String {
        let type = argument.type
        if isWho(argument) { return type.category == "S" ? ":worker::\(type.name)" : ":client::\(type.name)" }
        switch type.category {
        case "B": return "(:random(0, 1)::integer = 1)"
        case "D": return explored(argument, 0, row: 1)
        default: break
        }
        let number = ":random(1, rows)"
        if let value = SampleValue.numbered(type, number, asText: "\(number)::text") {
            return type.category == "S" ? "(\(value))::\(type.name)" : type.base == "uuid" ? value : "\(value)::\(type.name)"
        }
        return explored(argument, 0, row: 1)
    }

    private static func explored(_ argument: CatalogFunction.Argument, _ variant: Int, row: Int) -> String {
        let type = argument.type
        if isWho(argument) { return type.category == "S" ? "'worker-:session'::\(type.name)" : ":session::\(type.name)" }
        switch (type.category, type.base) {
        case ("N", _): return "\(isKey(argument) ? row : [1, 10, -1][variant % 3])::\(type.name)"
        case ("S", _): return "'row-\(row)'::\(type.name)"
        case (_, "uuid"): return "md5('1')::uuid"
        default:
            return SampleValue.any(type, variant: variant).map { $0 == "now()" ? "now()::\(type.name)" : "(\($0))::\(type.name)" }
                ?? "NULL::\(type.name)"
        }
    }

    /// Who calls, by the argument's name: each client is another one.
    private static func isWho(_ argument: CatalogFunction.Argument) -> Bool {
        guard argument.type.category == "S" || argument.type.category == "N", let name = argument.name?.lowercased() else { return false }
        return ["worker", "client", "session", "actor", "caller"].contains { name.contains($0) }
    }
}
