import Foundation
import PQClient
import Testing

/// Transactions whose body ends them, and prepared statements that are lost within them.
@Suite(.timeLimit(.minutes(2))) struct TransactionEndTests {
    private func count(_ table: String, _ connection: PostgresConnection) async throws -> Int {
        try await connection.query("SELECT count(*) FROM \(identifier: table)").single().get(0)
    }

    @Test(arguments: [
        "COMMIT", "ROLLBACK", "END", "ABORT", "COMMIT AND CHAIN", "ROLLBACK AND CHAIN", "rollback work and\nchain", "ROLLBACK; BEGIN",
        "COMMIT; START TRANSACTION",
    ]) func aBodyThatEndsItsTransactionGetsAnError(statement: String) async throws {
        let table = TestServer.unique("t")
        try await TestServer.with { connection in
            try await connection.execute("CREATE TABLE \(table) (id int)")
            let error = await failure {
                try await connection.transaction { try await $0.execute(statement) }
            }
            #expect(error?.kind == .usage && error?.hint?.contains("savepoint") == true)
            // What follows is not run outside the transaction either.
            let refused = await failure {
                try await connection.transaction {
                    try await $0.execute(statement)
                    try await $0.query("INSERT INTO \(identifier: table) VALUES (1)")
                }
            }
            #expect(refused?.kind == .usage)
            #expect(try await count(table, connection) == 0)
            #expect(await connection.transactionStatus == .idle)
            _ = try await connection.transaction { try await $0.query("INSERT INTO \(identifier: table) VALUES (2)") }
            #expect(try await count(table, connection) == 1)
        }
    }

    @Test func soDoesAPipelineThatEndsIt() async throws {
        try await TestServer.with { connection in
            let error = await failure {
                try await connection.transaction { connection in
                    try await connection.pipeline {
                        $0.add("COMMIT AND CHAIN")
                        $0.add("SELECT 1")
                    }
                }
            }
            #expect(error?.kind == .usage)
        }
    }

    @Test func savepointsOfOnesOwnEndNothing() async throws {
        try await TestServer.with { connection in
            let value = try await connection.transaction { connection in
                try await connection.execute("SAVEPOINT mine; SELECT 1; ROLLBACK TO SAVEPOINT mine; RELEASE SAVEPOINT mine")
                return try await connection.query("SELECT 7").single().get(0, as: Int.self)
            }
            #expect(value == 7)
        }
    }

    @Test(.needsSession("named statements live in a session"))
    func aTransactionRunsAgainWhenAPlanHasChanged() async throws {
        let table = TestServer.unique("t")
        try await TestServer.with { connection in
            try await connection.execute("CREATE TABLE \(table) (a int); INSERT INTO \(table) VALUES (1)")
            let query = PostgresQuery("SELECT * FROM \(identifier: table)")
            #expect(try await connection.query(query, named: "q").columns == ["a"])
            try await connection.execute("ALTER TABLE \(table) ADD COLUMN b text")
            #expect(try await connection.transaction { try await $0.query(query, named: "q").columns } == ["a", "b"])
            try await connection.execute("ALTER TABLE \(table) ADD COLUMN c text; ")
            let piped = try await connection.transaction { connection in
                try await connection.pipeline { $0.add(query, named: "q") }[0].columns
            }
            #expect(piped == ["a", "b", "c"])
            // Lost under another name than the client knows, so that no command tag tells.
            try await connection.execute("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$")
            #expect(try await connection.transaction { try await $0.query(query, named: "q").rowCount } == 1)
            // A body that drops all statements itself finds them dropped.
            let twice = try await connection.transaction(.init(maxRetries: 0)) { connection in
                let first = try await connection.query(query, named: "q").rowCount
                try await connection.execute("DEALLOCATE ALL")
                return try await connection.query(query, named: "q").rowCount + first
            }
            #expect(twice == 2)
        }
    }
}
