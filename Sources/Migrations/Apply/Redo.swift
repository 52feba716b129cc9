/// What `redo` would take back and apply anew, so that the user can confirm.
public struct Redo: Sendable, Codable, Equatable {
    /// A table that would have fewer rows afterwards.
    public struct Loss: Sendable, Codable, Equatable {
        public var table: String
        public var rows: Int
        /// Nil: the table would be gone.
        public var remaining: Int?
    }

    /// In the order in which they are reverted.
    public var steps: [String]
    /// In the order in which they are applied: the same steps, and all that are pending.
    public var applies: [String]
    /// What lint has to say about the texts that are applied.
    public var lint: [LintFinding]
    public var losses: [Loss]
    /// Why the way back and up again was not tried, or not all of it.
    public var untried: String?
    /// Steps that were edited in comments or spacing only: `repair --accept` is enough for them.
    public var sameMeaning: [Int]
}
