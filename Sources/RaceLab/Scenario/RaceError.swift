/// What keeps a scenario from being run or judged at all.
public struct RaceError: Error, CustomStringConvertible {
    public var description: String
    /// What to do about it.
    public var hint: String?

    init(_ description: String, hint: String? = nil) { (self.description, self.hint) = (description, hint) }
}
