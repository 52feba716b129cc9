/// Which of several sample values a draft takes: the first ones may be such that a function changes no row.
public struct DraftVariation: Sendable, Equatable {
    /// Of the arguments.
    var arguments = 0
    /// Of the columns.
    var rows = 0

    init(arguments: Int = 0, rows: Int = 0) { (self.arguments, self.rows) = (arguments, rows) }

    /// In the order in which they are worth trying.
    public static let all = [(0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (0, 2), (2, 1), (1, 2), (2, 2)].map {
        DraftVariation(arguments: $0.0, rows: $0.1)
    }
}
