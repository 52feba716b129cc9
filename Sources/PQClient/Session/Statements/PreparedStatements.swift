import CLibPQ
import Foundation

/// The named statements that one connection has prepared.
///
/// The server's name carries a number, so that a statement is prepared again, or for other types of its parameters, without waiting for a
/// DEALLOCATE.
struct PreparedStatements {
    /// By name; several of one name differ in the types of their parameters.
    private var statements: [String: [PreparedStatement]] = [:]
    private var used: [String: Int] = [:]
    /// The one that was used last: most work repeats one statement, whose name then need not be hashed.
    private var recent: PreparedStatement?

    /// PostgreSQL cuts names at 63 bytes; the numbers that make them differ are at the end.
    private static let longestName = 55

    /// The statement to execute, nil if it has to be prepared. One name stands for one text.
    mutating func find(_ name: String, _ query: PostgresQuery) throws(PostgresError) -> PreparedStatement? {
        if let recent, recent.name == name, recent.sql == query.sql, recent.takes(query.binds) { return recent }
        guard let known = statements[name], let first = known.first else {
            guard name.utf8.count <= Self.longestName else {
                throw PostgresError(.usage, "the statement name \(name) is longer than \(Self.longestName) bytes")
            }
            return nil
        }
        guard first.sql == query.sql else {
            throw PostgresError(
                .usage, "the statement name \(name) was used for two texts", detail: "first: \(first.sql)\nnow: \(query.sql)")
        }
        guard let statement = known.first(where: { $0.takes(query.binds) }) else { return nil }
        recent = statement
        return statement
    }

    func nextServerName(_ name: String) -> String {
        used[name].map { "\(name)#\($0)" } ?? name
    }

    mutating func prepared(_ name: String, _ query: PostgresQuery) {
        let statement = PreparedStatement(name: name, query: query, serverName: nextServerName(name))
        statements[name, default: []].append(statement)
        used[name, default: 0] += 1
    }

    /// The session has dropped them all (DISCARD ALL, DEALLOCATE ALL).
    mutating func forgetAll() {
        statements = [:]
        recent = nil
    }

    /// True if the error means that the server no longer has the statement (26000: after DISCARD ALL, or another server behind a pooler),
    /// that it has one that this side does not know (42P05, likewise), or that the statement's columns have changed (0A000, a code with
    /// other meanings too: `planChanged` tells).
    mutating func forget(_ name: String, after error: PostgresError, planChanged: Bool) -> Bool {
        guard error.sqlState == "26000" || error.sqlState == "42P05" || planChanged else { return false }
        statements[name] = nil
        recent = nil
        used[name, default: 0] += 1
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
