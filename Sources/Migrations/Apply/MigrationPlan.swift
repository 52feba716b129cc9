// What `up` would do, and what prevents it. A pure function of steps, lock and history.

public struct MigrationPlan: Sendable {
    public enum StepState: String, Sendable, Codable {
        case pending, applied, baseline, running, reverting, unknown
        /// Failed outside a transaction, without effect.
        case failed
        /// Applied, but the file has changed since.
        case edited
        /// Applied, but the source has no such step.
        case missing
    }

    public struct Entry: Sendable {
        /// Nil for a repeatable step.
        public var number: Int?
        public var id: String
        public var state: StepState
        public var step: Step?
        public var row: HistoryRow?
    }

    /// All steps, known or missing, by number.
    public var entries: [Entry] = []
    /// What `up` runs, in order.
    public var pending: [Step] = []
    /// Where the files contradict migrations.lock, whatever the database contains.
    public var sourceProblems: [MigrationError.Problem] = []
    /// Where the history contradicts the files.
    public var historyProblems: [MigrationError.Problem] = []
    /// Unreleased steps that were edited after they were applied. `redo` resolves these.
    public var edits: [MigrationError.Problem] = []
    public var notes: [String] = []
    /// The steps that `edits` reports.
    public var redoable: [Step] = []
    /// The numbers of those that were edited in comments or spacing only.
    public internal(set) var sameMeaning: [Int] = []

    /// Any of these stops `up`.
    public var problems: [MigrationError.Problem] { sourceProblems + historyProblems + edits }

    /// `repeated`: the checksums of the repeatable steps that were applied, by id.
    init(_ set: StepSet, history: [HistoryRow], repeated: [String: String] = [:], target: Int?, allowOutOfOrder: Bool) {
        let rows = Dictionary(history.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        let known = Set(set.steps.map(\.number))
        let highestApplied = history.filter(\.outcome.isApplied).map(\.number).max()

        for step in set.steps {
            let locked = set.lock[step.id]
            if let locked, locked.checksum != step.checksum { sourceProblems.append(Self.changedRelease(step, locked)) }
            let row = rows[step.number]
            var state: StepState =
                switch row?.outcome {
                case nil: .pending
                case .done: .applied
                case .baseline: .baseline
                case .running: .running
                case .reverting: .reverting
                case .noEffect: .failed
                case .unknown, .failed: .unknown
                }
            if let row, row.outcome.isApplied, row.checksum != step.checksum {
                state = .edited
                if row.release == nil, locked.map({ $0.checksum == step.checksum }) ?? true {
                    redoable.append(step)
                    edits.append(Self.edited(step, row))
                } else if locked == nil || locked?.checksum == step.checksum {
                    historyProblems.append(Self.editedRelease(step, row))
                }
            }
            entries.append(Entry(number: step.number, id: step.id, state: state, step: step, row: row))
            guard row?.outcome.isApplied != true, target.map({ step.number <= $0 }) ?? true else { continue }
            if row == nil, let highestApplied, step.number < highestApplied, !allowOutOfOrder {
                historyProblems.append(Self.outOfOrder(step, highestApplied, rows[highestApplied]))
            }
            pending.append(step)
        }
        // They may need what every numbered step makes.
        let isWhole = set.steps.allSatisfy { step in
            rows[step.number]?.outcome.isApplied == true || pending.contains { $0.number == step.number }
        }
        for step in set.repeatable {
            let isApplied = repeated[step.id] == step.checksum
            entries.append(Entry(number: nil, id: step.id, state: isApplied ? .applied : .pending, step: step, row: nil))
            if !isApplied, isWhole { pending.append(step) }
        }
        for row in history where !known.contains(row.number) {
            entries.append(Entry(number: row.number, id: row.id, state: .missing, step: nil, row: row))
            notes.append(Self.missing(row))
        }
        let ids = Set(set.steps.map(\.id))
        for entry in set.lock.entries where !ids.contains(entry.id) {
            sourceProblems.append(
                .init(
                    "released step \(entry.id) is missing", file: "migrations.lock", hint: "restore its file from release \(entry.release)")
            )
        }
        entries.sort { ($0.number ?? .max, $0.id) < ($1.number ?? .max, $1.id) }
        adviseAboutEdits()
        if let target, !known.contains(target), rows[target] == nil {
            sourceProblems.append(.init("there is no step \(target)", hint: "`domainflow migrate status` lists them"))
        }
    }

    /// The harmless way first: `redo` deletes what is in the tables that it takes back.
    mutating func adviseAboutEdits() {
        guard let last = edits.indices.last else { return }
        let accept =
            sameMeaning.isEmpty
            ? "if the old and the new text have the same effect: domainflow migrate repair --accept <number>"
            : sameMeaning.map { "domainflow migrate repair --accept \($0) records the new text" }.joined(separator: ";\n")
        let redo = "domainflow migrate redo reverts edited steps, with their data, and applies them again"
        edits[last].hint = (sameMeaning.isEmpty ? [redo, accept] : sameMeaning.count == edits.count ? [accept] : [accept, redo]).joined(
            separator: ";\n")
    }

    /// A database may be ahead of the program as long as the program has nothing to apply to it.
    mutating func refuseMissingWhenPending() {
        guard !pending.isEmpty else { return }
        for entry in entries where entry.state == .missing {
            guard let row = entry.row else { continue }
            historyProblems.append(
                .init(
                    Self.missing(row),
                    hint: "use the program or the directory that contains it; if you deleted it on purpose: "
                        + "domainflow migrate repair --forget \(row.number)"))
        }
    }

    private static func missing(_ row: HistoryRow) -> String {
        "step \(row.id) was applied here \(row.appliedAt)" + (row.release.map { " (release \($0))" } ?? "")
            + ", but the current steps do not contain it; they are probably an older version"
    }

    private static func changedRelease(_ step: Step, _ locked: ReleaseLock.Entry) -> MigrationError.Problem {
        .init(
            "\(step.id) was released in \(locked.release) and has been changed since: \(short(step.checksum)), released \(short(locked.checksum))",
            file: step.file, line: 1,
            hint: "restore the file as released in \(locked.release), and make the change in a new step (domainflow migrate new <slug>);\n"
                + "before you edit a file that a released step includes: domainflow migrate supersede <file> --dir <folder>")
    }

    private static func editedRelease(_ step: Step, _ row: HistoryRow) -> MigrationError.Problem {
        .init(
            "\(step.id) was applied here \(row.appliedAt)\(row.release.map { " as part of release \($0)" } ?? "") "
                + "with a different text: \(short(row.checksum)), now \(short(step.checksum))",
            file: step.file, line: 1,
            hint: "a released step never changes: restore the file and make the change in a new step;\n"
                + "if both texts have the same effect: domainflow migrate repair --accept \(step.number)")
    }

    private static func edited(_ step: Step, _ row: HistoryRow) -> MigrationError.Problem {
        .init(
            "\(step.id) is not released and was edited after it was applied here \(row.appliedAt): "
                + "\(short(row.checksum)), now \(short(step.checksum))",
            file: step.file, line: 1)
    }

    private static func outOfOrder(_ step: Step, _ highest: Int, _ row: HistoryRow?) -> MigrationError.Problem {
        .init(
            "\(step.id) is not applied, but the later \(row?.id ?? String(highest)) is", file: step.file, line: 1,
            hint: "give it a number above \(highest); or, if no later step touches the same objects, run with --allow-out-of-order")
    }

    /// The release installed in the database: `0.3.4`, or `0.3.4 and 1 unreleased step`; empty when nothing is applied.
    public var installed: String {
        let applied = entries.filter { $0.row?.outcome.isApplied == true }
        let newest = applied.compactMap { $0.row?.release.flatMap(Release.init) }.max()
        return StepSource.release(newest?.text, unreleased: applied.count { $0.row?.release == nil })
    }

    /// Throws the problems that prevent `up`.
    public func refuseProblems() throws(MigrationError) {
        guard problems.isEmpty else { throw MigrationError(sourceProblems.isEmpty ? .drift : .badInput, problems) }
    }

    static func short(_ checksum: String) -> String { checksum.split(separator: ":").last.map { String($0.prefix(12)) } ?? checksum }
}

/// The name up to 0.3; to be removed in the next release.
@available(*, deprecated, renamed: "MigrationPlan")
public typealias Plan = MigrationPlan
