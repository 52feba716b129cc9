/// One object of the installation, or its comment or grants, as the fingerprint hashes it.
public struct CatalogObject: Sendable, Hashable, Encodable {
    public var kind, identity, definition: String
}
