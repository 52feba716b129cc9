/// The findings of one check: their number, and the first of them.
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
