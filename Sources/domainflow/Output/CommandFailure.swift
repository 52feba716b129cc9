import ArgumentParser
import DevCluster
import DomainFlow
import Foundation
import PQClient

/// An error that knows what to tell the user and how to exit.
struct CommandFailure: Error {
    var status: ExitStatus
    var message: String
    var hint: String?

    init(_ status: ExitStatus, _ message: String, hint: String? = nil) {
        self.status = status
        self.message = message
        self.hint = hint
    }
}
