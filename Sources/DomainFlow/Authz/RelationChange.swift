/// What writing a fact did.
public enum RelationChange: String, Sendable, Hashable, Codable {
    case created
    /// The fact existed and got another end, giver or reason.
    case changed
    /// The fact existed as it was given.
    case kept
}
