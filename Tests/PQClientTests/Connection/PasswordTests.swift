import PQClient
import Synchronization
import Testing

/// A role whose password changes while the program runs.
@Suite(.timeLimit(.minutes(2))) struct PasswordTests {
    private struct NoToken: Error {}

    /// A role that the server asks for a password, and a connection string for it.
    private func role(_ password: String, _ admin: PostgresConnection) async throws -> (name: String, conninfo: String) {
        let role = TestServer.unique("rotating_")
        try await admin.execute("CREATE ROLE \(role) LOGIN PASSWORD \(PostgresQuery.quoteLiteral(password))")
        let file = try await admin.query("SELECT current_setting('hba_file')").single().get(0, as: String.self)
        // Read before it is written: COPY empties it first, and escapes tabs and backslashes, of which it has none.
        let known = try await admin.query("SELECT pg_read_file(\(file))").single().get(0, as: String.self)
        let lines = ["local all \(role) scram-sha-256"] + known.split(separator: "\n").map(String.init)
        let rows = lines.map { "(\(PostgresQuery.quoteLiteral($0)))" }.joined(separator: ", ")
        try await admin.execute("COPY (VALUES \(rows)) TO \(PostgresQuery.quoteLiteral(file)); SELECT pg_reload_conf()")
        let conninfo = TestServer.directURL + "&user=\(role)"
        #expect(await eventually { await failure { try await PostgresConnection.connect(conninfo) } != nil })
        return (role, conninfo)
    }

    @Test func eachConnectionAsksForThePassword() async throws {
        try await TestServer.with(TestServer.directURL) { admin in
            let (role, conninfo) = try await role("one", admin)
            let password = Mutex("one")
            let asked = Box<String>()
            let provider: PasswordProvider = {
                asked.append(password.withLock { $0 })
                return password.withLock { $0 }
            }
            var configuration = PostgresPool.Configuration()
            configuration.password = provider
            let pool = PostgresPool(conninfo: conninfo, configuration: configuration)
            try await pool.withConnection { _ in
                try await admin.execute("ALTER ROLE \(role) PASSWORD 'two'")
                let refused = await failure { try await PostgresConnection.connect(conninfo, password: provider) }
                #expect(refused?.sqlState == SQLState.invalidPassword)
                password.withLock { $0 = "two" }
                let other = Task.detached { try await pool.withConnection { try await $0.query("SELECT current_user").single().text(0) } }
                #expect(try await other.value == role)
            }
            #expect(asked.all == ["one", "one", "two"])
            var options = PostgresListener.Options()
            options.password = provider
            let listener = try await PostgresListener.open(conninfo, channels: ["c"], options: options)
            #expect(asked.all.count == 4 && listener.backendPID != nil)
            listener.close()
            await pool.close()
        }
    }

    @Test func whatTheProviderThrowsIsTheError() async throws {
        let thrown = await failure { try await PostgresConnection.connect(TestServer.url, password: { throw NoToken() }) }
        #expect(thrown?.kind == .connection && thrown?.message.contains("NoToken") == true)
        let own = await failure {
            try await PostgresConnection.connect(TestServer.url, password: { throw PostgresError(.timeout, "the vault is silent") })
        }
        #expect(own?.kind == .timeout)
        let slow = Task {
            try await PostgresConnection.connect(TestServer.url) {
                try await Task.sleep(for: .seconds(60))
                return ""
            }
        }
        slow.cancel()
        #expect(await failure { try await slow.value }?.kind == .cancelled)
    }
}
