/// One object of the installation, or its comment or grants, in the form that the fingerprint hashes.
public struct CatalogObject: Sendable, Hashable, Encodable {
    public var kind, identity, definition: String
}
