import Migrations

/// The two versions: the program's, which is written here and nowhere else, and the SQL's, which the lock of the built-in steps says.
enum ProgramVersion {
    static let text = "0.6.0"

    /// `0.3.5`, or `0.3.5 and 2 unreleased steps`.
    static let sql = StepSource.embedded.carries

    /// What --version prints.
    static let both = "\(text) (SQL \(sql))"
}
