/// One difference between a database and its steps.
public struct VerifyFinding: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable { case checksum, missing, unfinished, pending, verify, index, drift }
    public var kind: Kind
    public var step: String
    public var problem: MigrationError.Problem
}

/// The name up to 0.3; to be removed in the next release.
@available(*, deprecated, renamed: "VerifyFinding")
public typealias Finding = VerifyFinding
