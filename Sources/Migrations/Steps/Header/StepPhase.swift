/// Steps that widen the schema run before the new program, those that narrow it after the old one is gone.
public enum StepPhase: String, Sendable, Codable { case expand, contract }
