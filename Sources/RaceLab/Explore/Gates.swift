/// Where sessions can be stopped.
public enum Gates: Sendable, Equatable {
    /// Before each statement inside PL/pgSQL functions, by the gate module.
    case statements(module: String)
    /// Before each statement that writes to a table, by triggers.
    case writes
    /// Between steps only.
    case steps

    var module: String? { if case .statements(let module) = self { module } else { nil } }

    public var name: String {
        switch self {
        case .statements: "statements"
        case .writes: "writes"
        case .steps: "steps"
        }
    }
}
