/// An object of the installation that is not as the release made it.
public struct CatalogDrift: Sendable, Hashable, Encodable {
    public var kind, identity: String
    /// nil for an object that does not belong there.
    public var expected: String?
    /// nil for an object that is missing.
    public var found: String?
}
