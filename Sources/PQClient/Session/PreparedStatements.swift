import CLibPQ
import Foundation

/// The named statements that one connection has prepared.
///
/// The server's name carries a generation, so that a statement is prepared again without waiting for a DEALLOCATE.
struct PreparedStatements {
    private var statements: [String: PreparedStatement] = [:]
    private var generation: [String: Int] = [:]
    /// The one that was used last: most work repeats one statement, whose name then need not be hashed.
    private var recent: PreparedStatement?

    /// The statement to execute, nil if it has to be prepared. One name stands for one text.
    mutating func find(_ name: String, sql: String) throws(PostgresError) -> PreparedStatement? {
        if let recent, recent.name == name, recent.sql == sql { return recent }
        guard let statement = statements[name] else { return nil }
        guard statement.sql == sql else {
            throw PostgresError(
                .usage, "the statement name \(name) was used for two texts", detail: "first: \(statement.sql)\nnow: \(sql)")
        }
        recent = statement
        return statement
    }

    func nextServerName(_ name: String) -> String {
        generation[name].map { "\(name)#\($0)" } ?? name
    }

    mutating func prepared(_ name: String, sql: String) {
        statements[name] = PreparedStatement(name: name, sql: sql, serverName: nextServerName(name))
    }

    /// True if the error means that the server no longer has the statement (26000: after DISCARD ALL, or another server behind a pooler),
    /// that it has one that this side does not know (42P05, likewise), or that the statement's columns have changed (0A000, a code with
    /// other meanings too: `planChanged` tells).
    mutating func forget(_ name: String, after error: PostgresError, planChanged: Bool) -> Bool {
        guard error.sqlState == "26000" || error.sqlState == "42P05" || planChanged else { return false }
        statements[name] = nil
        recent = nil
        generation[name, default: 0] += 1
        return true
    }
}

extension OpaquePointer {
    /// An error result that says "cached plan must not change result type". Its text is in the server's language, and its SQLSTATE 0A000
    /// stands for much else, so it is recognised by the server function that raised it.
    var saysPlanChanged: Bool {
        guard let routine = PQresultErrorField(self, Int32(UInt8(ascii: "R"))) else { return false }
        return strcmp(routine, "RevalidateCachedQuery") == 0
    }
}
