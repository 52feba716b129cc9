import PQClient
import Testing

@Suite(.timeLimit(.minutes(2))) struct PoolHookTests {
    private struct Refused: Error {}

    private func pool(
        onConnect: (@Sendable (PostgresConnection) async throws -> Void)? = nil,
        onReturn: (@Sendable (PostgresConnection) async throws -> Void)? = nil
    ) -> PostgresPool {
        var configuration = PostgresPool.Configuration(maxConnections: 1)
        configuration.onConnect = onConnect
        configuration.onReturn = onReturn
        return PostgresPool(conninfo: TestServer.directURL, configuration: configuration)
    }

    @Test func connectionsArePreparedAndReset() async throws {
        let pool = pool(
            onConnect: { try await $0.execute("SET work_mem = '123kB'") }, onReturn: { try await $0.execute("RESET search_path") })
        let pid = try await pool.withConnection { connection in
            try await connection.execute("SET search_path = pg_catalog")
            return connection.backendPID
        }
        let row = try await pool.query(
            "SELECT pg_backend_pid(), current_setting('work_mem'), current_setting('search_path') = 'pg_catalog', \(7)"
        ).single()
        #expect(try row.decode(Int32.self, String.self, Bool.self, Int.self) == (pid, "123kB", false, 7))
        await pool.close()
    }

    /// DISCARD ALL brings back what the role is configured for.
    @Test func aResetLeavesWhatValuesAreReadBy() async throws {
        var configuration = PostgresPool.Configuration(maxConnections: 1)
        configuration.onReturn = { try await $0.execute("DISCARD ALL") }
        let options = "options='-c extra_float_digits=0 -c array_nulls=off -c DateStyle=German -c IntervalStyle=iso_8601'"
        let settings = try PostgresConninfo.environment(of: TestServer.directURL)
        let conninfo = ["host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE"]
            .compactMap { key, name in settings[name].map { "\(key)='\($0)'" } }.joined(separator: " ")
        let pool = PostgresPool(conninfo: "\(conninfo) \(options)", configuration: configuration)
        for _ in 1...3 {
            let row = try await pool.query(
                "SELECT 0.12345678901234567::float8, '{NULL}'::text[] IS DISTINCT FROM ARRAY[NULL::text], now()::date"
            )
            .single()
            #expect(row.text(0) == "0.12345678901234566" && row.text(1) == "f" && row.text(2)?.contains("-") == true)
        }
        await pool.close()
    }

    @Test func aHookThatClosesTheConnectionIsAFailure() async throws {
        let pool = pool(onConnect: { await $0.close() })
        let error = await failure { try await pool.query("SELECT 1") }
        #expect(error?.kind == .connection && error?.message.contains("onConnect closed the connection") == true)
        await pool.close()
    }

    @Test func whatAHookRefusesIsClosed() async throws {
        let never = pool(onConnect: { _ in throw Refused() })
        let refused = await failure { try await never.query("SELECT 1") }
        #expect(refused?.kind == .connection && refused?.message.contains("onConnect") == true)
        await never.close()
        let once = pool(onReturn: { _ in throw Refused() })
        let pids = try await [once.query("SELECT pg_backend_pid()"), once.query("SELECT pg_backend_pid()")].map {
            try $0.single().get(0, as: Int32.self)
        }
        #expect(pids[0] != pids[1] && once.statistics.closed[.unfit] == 2)
        // A transaction that the hook leaves open is noticed too.
        let open = pool(onReturn: { try await $0.execute("BEGIN") })
        try await open.query("SELECT 1")
        #expect(try await open.query("SELECT \(5)").single().get(0, as: Int.self) == 5)
        await once.close()
        await open.close()
    }

    @Test func aPoolHandsItsGraceOn() async throws {
        var configuration = PostgresPool.Configuration()
        configuration.cancelGrace = .seconds(3)
        let pool = PostgresPool(conninfo: TestServer.url, configuration: configuration)
        #expect(try await pool.withConnection { await $0.cancelGrace } == .seconds(3))
        await pool.close()
    }
}
