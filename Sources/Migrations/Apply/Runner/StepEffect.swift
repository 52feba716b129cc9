/// Whether a statement took effect.
enum StepEffect: Equatable {
    case none, done
    /// Nothing runs the statement again until somebody has looked.
    case unknown
}
