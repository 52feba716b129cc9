import PQClient

/// A row of domainflow_migrate.history.
public struct HistoryRow: Sendable, Equatable {
    public var rank: Int
    public var number: Int
    public var slug: String
    public var checksum: String
    /// The release whose lock listed the step when it was applied.
    public var release: String?
    public var appliedBy: String
    /// ISO 8601, UTC.
    public var appliedAt: String
    public var durationMilliseconds: Double?
    public var outcome: StepOutcome
    public var ownerIsAlive = false
    /// The index that the step was building: if it is invalid, it is this step's to drop.
    var builtIndex: Int?
    /// Whether the verify statements held before a statement outside a transaction ran. Nil: not looked at.
    var verifiedBefore: Bool?

    /// In the form of a file name, for steps whose file this program does not contain.
    public var id: String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "_" + slug
    }
}

extension HistoryRow {
    init(_ row: PostgresRow) throws {
        func text(_ column: Int) -> String { row.text(column) ?? "" }
        rank = Int(text(0)) ?? 0
        number = Int(text(1)) ?? 0
        slug = text(2)
        checksum = text(3)
        release = row.text(4)
        appliedBy = text(5)
        appliedAt = text(6)
        durationMilliseconds = row.text(7).flatMap(Double.init)
        guard let outcome = StepOutcome(rawValue: text(8)) else {
            throw MigrationError(
                .drift, "domainflow_migrate.history has outcome \"\(text(8))\" for step \(text(1)), which this program does not know",
                hint: "a newer version of domainflow wrote it: use that version")
        }
        self.outcome = outcome
        ownerIsAlive = text(9) == "t"
        builtIndex = row.text(10).flatMap { Int($0) }
        verifiedBefore = row.text(11).map { $0 == "true" }
    }
}
