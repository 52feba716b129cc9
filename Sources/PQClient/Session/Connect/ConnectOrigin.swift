/// Where a connection was made to, so that another can be made.
struct ConnectOrigin: Sendable {
    var conninfo: String
    var applicationName: String?
}
