/// A mutant that cannot be applied, for example because its function no longer contains the text: it tests nothing until that is mended.
public struct StaleMutantError: Error, CustomStringConvertible {
    public var description: String
    init(_ description: String) { self.description = description }
}
