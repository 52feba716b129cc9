/// Steps that widen the schema run before the new program starts; steps that narrow it run after the old program has stopped.
public enum StepPhase: String, Sendable, Codable { case expand, contract }
