/// How a connection was opened, so that another can be opened to the same server.
struct ConnectOrigin: Sendable {
    var conninfo: String
    var applicationName: String?
}
