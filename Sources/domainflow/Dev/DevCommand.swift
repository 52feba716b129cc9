import ArgumentParser
import Foundation

struct DevCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Manage a private PostgreSQL in .domainflow of the current directory.",
        discussion: """
            The server listens on a Unix socket that only you and root can open, and asks for no password. When root starts it, it \
            runs as an unprivileged user. It touches nothing outside .domainflow, unless the path is too long for a socket or closed to \
            that user; then the command prints the place it uses instead.
            """,
        subcommands: [
            DevStart.self, DevStop.self, DevStatus.self, DevURL.self, DevPSQL.self, DevReset.self,
        ])
}
