/// What keeps a scenario from being run or judged at all.
public struct RaceError: Error, CustomStringConvertible {
    public var description: String
    init(_ description: String) { self.description = description }
}
