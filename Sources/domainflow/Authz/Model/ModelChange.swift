/// A type or relation that differs between two texts of a model.
struct ModelChange: Encodable {
    enum Kind: String, Encodable { case added, changed, removed }

    var kind: Kind
    /// `document` or `document#viewer`.
    var name: String
    /// Expressions; nil where there is none.
    var before, after: String?

    /// What is added and changed in the order of the new text, then what is removed.
    static func all(from old: ModelRelations, to new: ModelRelations) -> [ModelChange] {
        let kept = new.names.compactMap { name -> ModelChange? in
            let (before, after) = (old.expressions[name], new.expressions[name])
            guard before != after else { return nil }
            return ModelChange(kind: before == nil ? .added : .changed, name: name, before: before, after: after)
        }
        let removed = old.names.filter { new.expressions[$0] == nil }
        return kept + removed.map { ModelChange(kind: .removed, name: $0, before: old.expressions[$0]) }
    }

    /// A line with a sign, and a second one for what a changed relation was.
    var text: String {
        let (sign, color): (String, TerminalColor) =
            switch kind {
            case .added: ("+", .green)
            case .changed: ("~", .yellow)
            case .removed: ("-", .red)
            }
        let expression = (after ?? before).flatMap { $0.isEmpty ? nil : ": " + $0 } ?? ""
        let line = color.of(VisibleText.of("\(sign) \(name)\(expression)"))
        guard kind == .changed, let before else { return line }
        return line + "\n  was: " + VisibleText.of(before)
    }
}
