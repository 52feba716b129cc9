import ArgumentParser
import Foundation

struct DevCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "A private PostgreSQL in .domainflow of the current directory.",
        discussion: """
            It listens on a Unix socket that only you (and root) can open, and asks for no password. Started by root it runs \
            as an unprivileged user. Nothing outside of .domainflow is touched, unless a path is too long for a socket or \
            closed to that user; then it says where it went.
            """,
        subcommands: [
            DevStart.self, DevStop.self, DevStatus.self, DevURL.self, DevPSQL.self, DevReset.self,
        ])
}
