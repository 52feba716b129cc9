/// An open libpq connection on its way to the session that will own it.
struct RawConnection: @unchecked Sendable {
    // @unchecked: there is one owner at a time.
    let pointer: OpaquePointer
}
