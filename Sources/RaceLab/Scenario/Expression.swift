/// A value that is computed when an operation runs.
indirect enum Expression: Equatable, Sendable {
    case number(Int)
    case name(String)
    case field(list: String, column: String)
    case random(Expression, Expression)
}
