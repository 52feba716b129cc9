/// How a database differs from what its steps make.
public struct Drift: Sendable {
    public var findings: [VerifyFinding] = []
    /// What no step made and what may belong to others: schemas that no step uses, extensions, publications.
    public var elsewhere: [String] = []
}
