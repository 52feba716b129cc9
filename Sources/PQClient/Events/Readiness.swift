/// What a descriptor is ready for.
struct Readiness {
    /// Has data, has ended, or is broken.
    var readable: Bool
    var writable: Bool
}
