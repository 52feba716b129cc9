/// A step that is to be reverted.
struct Reversal: Sendable {
    var row: HistoryRow
    var step: Step
    var down: DownStep
    var statements: [SQLStatement]
}
