import CLibPQ
import Foundation

/// The named statements that one connection has prepared.
///
/// The server's name carries a generation, so that a statement is prepared again without waiting for a DEALLOCATE.
struct PreparedStatements {
    private struct Entry {
        var sql: String
        var serverName: String
    }

    private var entries: [String: Entry] = [:]
    private var generation: [String: Int] = [:]

    /// The name to execute by, nil if it has to be prepared. One name stands for one text.
    func serverName(_ name: String, sql: String) throws(PostgresError) -> String? {
        guard let entry = entries[name] else { return nil }
        guard entry.sql == sql else {
            throw PostgresError(
                .usage, "the statement name \(name) was used for two texts", detail: "first: \(entry.sql)\nnow: \(sql)")
        }
        return entry.serverName
    }

    func nextServerName(_ name: String) -> String {
        generation[name].map { "\(name)#\($0)" } ?? name
    }

    mutating func prepared(_ name: String, sql: String) {
        entries[name] = Entry(sql: sql, serverName: nextServerName(name))
    }

    /// True if the error means that the server's side of the statement is gone (26000: after DISCARD ALL, or another
    /// server behind a pooler), is there though we do not know it (42P05, likewise), or has changed its columns
    /// (0A000, a code that has other meanings too: `planChanged` tells).
    mutating func forget(_ name: String, after error: PostgresError, planChanged: Bool) -> Bool {
        guard error.sqlState == "26000" || error.sqlState == "42P05" || planChanged else { return false }
        entries[name] = nil
        generation[name, default: 0] += 1
        return true
    }
}

extension OpaquePointer {
    /// An error result that says "cached plan must not change result type". Its text is in the server's language, and its
    /// SQLSTATE 0A000 stands for much else, so it is known by the server function that raised it.
    var saysPlanChanged: Bool {
        guard let routine = PQresultErrorField(self, Int32(UInt8(ascii: "R"))) else { return false }
        return strcmp(routine, "RevalidateCachedQuery") == 0
    }
}
