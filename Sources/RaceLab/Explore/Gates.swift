/// Where sessions can be stopped.
public enum Gates: Sendable, Equatable {
    /// Before each statement inside PL/pgSQL functions, and between the statements of SQL functions and of steps, by the gate module.
    case statements(module: String)
    /// Before each statement that writes to a table, by triggers.
    case writes
    /// Between steps only.
    case steps

    var module: String? { if case .statements(let module) = self { module } else { nil } }

    static let statementsName = "statements"

    public var name: String {
        switch self {
        case .statements: Self.statementsName
        case .writes: "writes"
        case .steps: "steps"
        }
    }
}
