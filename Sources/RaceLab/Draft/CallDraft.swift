/// Calls of a function, for many clients at once and for sessions that are explored.
struct CallDraft {
    /// With variables that each run fills in.
    let hammered: String
    /// With the same values in each session, so that they meet at the same rows.
    let explored: String

    init(_ function: CatalogFunction) {
        func call(_ value: (CatalogFunction.Argument) -> String) -> String {
            var values = function.required.map { ($0.mode == "v" ? "VARIADIC " : "") + value($0) }
            guard function.isProcedure else { return "SELECT * FROM \(function.call)(\(values.joined(separator: ", ")))" }
            // CALL wants something in the place of each OUT argument too.
            values = function.arguments.filter { $0.mode != "t" }.dropLast(function.defaults).map {
                $0.isInput ? value($0) : "NULL::\($0.type.name)"
            }
            return "CALL \(function.call)(\(values.joined(separator: ", ")))"
        }
        hammered = call(Self.hammered)
        explored = call(Self.explored)
    }

    /// Cast: the variables are sent as text, and an overloaded name needs to know.
    private static func hammered(_ argument: CatalogFunction.Argument) -> String {
        let type = argument.type
        if isWho(argument) { return type.category == "S" ? ":worker::\(type.name)" : ":client::\(type.name)" }
        switch type.category {
        case "B": return "(:random(0, 1)::integer = 1)"
        case "D": return explored(argument)
        default: break
        }
        let number = ":random(1, rows)"
        if let value = SampleValue.numbered(type, number, asText: "\(number)::text") {
            return type.category == "S" ? "(\(value))::\(type.name)" : type.base == "uuid" ? value : "\(value)::\(type.name)"
        }
        return explored(argument)
    }

    private static func explored(_ argument: CatalogFunction.Argument) -> String {
        let type = argument.type
        if isWho(argument) { return type.category == "S" ? "'worker-:session'::\(type.name)" : ":session::\(type.name)" }
        switch (type.category, type.base) {
        case ("N", _): return "1::\(type.name)"
        case ("S", _): return "'row-1'::\(type.name)"
        case (_, "uuid"): return "md5('1')::uuid"
        default:
            return SampleValue.any(type).map { $0 == "now()" ? "now()::\(type.name)" : "(\($0))::\(type.name)" } ?? "NULL::\(type.name)"
        }
    }

    /// Who calls, by the argument's name: each client is another one.
    private static func isWho(_ argument: CatalogFunction.Argument) -> Bool {
        guard argument.type.category == "S" || argument.type.category == "N", let name = argument.name?.lowercased() else { return false }
        return ["worker", "client", "session", "actor", "caller"].contains { name.contains($0) }
    }
}
