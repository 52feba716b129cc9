/// What one check found: how often, and the first ones.
public struct CheckFindings: Sendable, Equatable {
    public private(set) var count = 0
    public private(set) var first: [CheckFinding] = []
    /// What could not be judged, and why.
    public var notes: [String] = []
    static let kept = 20

    mutating func add(_ finding: @autoclosure () -> CheckFinding) {
        count += 1
        if first.count < Self.kept { first.append(finding()) }
    }
}
