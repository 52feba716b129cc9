import CLibPQ
import Foundation

/// What statements do to the session itself, by their command tags.
extension Session {
    func note(_ result: OpaquePointer, of request: Request) {
        guard let tag = PQcmdStatus(result) else { return }
        switch UInt8(bitPattern: tag.pointee) {
        case UInt8(ascii: "D"):
            if strcmp(tag, "DISCARD ALL") == 0 || strcmp(tag, "DEALLOCATE ALL") == 0 { statements.forgetAll() }
        case UInt8(ascii: "B"), UInt8(ascii: "C"), UInt8(ascii: "P"), UInt8(ascii: "R"), UInt8(ascii: "S"):
            if bodyRuns, !request.shielded { noteEnd(String(cString: tag), of: request) }
            if !localSettings.isEmpty { noteSetting(tag) }
        default: break
        }
    }

    /// The server's status after a statement does not tell whether the transaction is still the same one (`COMMIT AND CHAIN`).
    private func noteEnd(_ tag: String, of request: Request) {
        switch tag {
        case "COMMIT", "PREPARE TRANSACTION": endByBody(with: tag)
        case "ROLLBACK":
            // Also the tag of ROLLBACK TO SAVEPOINT, which is the body's good right.
            rolledBack = true
            if request.texts.contains(where: \.saysAndChain) { endByBody(with: "ROLLBACK AND CHAIN") }
        case "BEGIN", "START TRANSACTION": if rolledBack { endByBody(with: "ROLLBACK") }
        default: break
        }
    }

    /// A rollback, also one to a savepoint, undoes what was set; SET may have set something else.
    private func noteSetting(_ tag: UnsafePointer<CChar>) {
        if strcmp(tag, "ROLLBACK") == 0 {
            localSettings = localSettings.filter(\.value.withBegin)
        } else if strcmp(tag, "SET") == 0 || strcmp(tag, "RESET") == 0 || strcmp(tag, "COMMIT") == 0 {
            localSettings = [:]
        }
    }

    /// To be called when a request is answered.
    func noteStatus(_ status: TransactionStatus) {
        rolledBack = false
        if status == .idle { endByBody(with: "COMMIT or ROLLBACK") }
    }

    private func endByBody(with statement: String) {
        guard endedByBody == nil else { return }
        endedByBody = PostgresError(
            .usage, "the body of a transaction ended it with \(statement)",
            detail: "statements after it are refused, because they would not be part of the transaction",
            hint: "return to commit and throw to roll back; savepoint rolls back a part")
    }
}

extension Request {
    /// The SQL of its statements.
    var texts: [String] {
        switch body {
        case .statement(let query), .named(let query, _), .rows(let query): [query.sql]
        case .script(let text), .copyIn(let text), .copyOut(let text): [text]
        case .pipeline(let run): run.statements.map(\.query.sql)
        }
    }
}

extension String {
    fileprivate var saysAndChain: Bool {
        let words = lowercased().split { !$0.isLetter }
        return zip(words, words.dropFirst()).contains { $0 == "and" && $1 == "chain" }
    }
}
