import PQClient
import ServiceLifecycle
import ServiceLifecycleTestKit
import Testing

/// How a pool ends.
@Suite(.timeLimit(.minutes(2))) struct PoolShutdownTests {
    private func make(grace: Duration = .seconds(60)) -> PostgresPool {
        PostgresPool(conninfo: TestServer.url, configuration: .init(maxConnections: 2, shutdownGrace: grace))
    }

    /// A lease that goes on until the statement ends.
    private func hold(_ pool: PostgresPool, _ statement: PostgresQuery) async -> Task<Void, any Error> {
        let lent = Box<Bool>()
        let task = Task {
            try await pool.withConnection {
                lent.append(true)
                _ = try await $0.query(statement)
            }
        }
        #expect(await eventually { !lent.all.isEmpty })
        return task
    }

    @Test func gracefulShutdownLetsLeasesEnd() async throws {
        let pool = make()
        try await testGracefulShutdown { trigger in
            let service = Task { try await pool.run() }
            let lease = await hold(pool, "SELECT pg_sleep(1)")
            trigger.triggerGracefulShutdown()
            #expect(await eventually { await failure { try await pool.withConnection { _ in } }?.kind == .connection })
            try await lease.value
            try await service.value
        }
        let statistics = pool.statistics
        #expect(statistics.size == 0 && statistics.closed == [.shutdown: statistics.created])
    }

    @Test func whatDoesNotEndInTimeIsCutOff() async throws {
        let pool = make()
        let lease = await hold(pool, "SELECT pg_sleep(3600)")
        await pool.shutdown(grace: .milliseconds(50))
        let error = await failure { try await lease.value }
        #expect(error?.kind == .connection && error?.message.contains("shut down") == true)
        #expect(pool.statistics.size == 0)
        // There is nothing left to wait for.
        await pool.shutdown()
    }

    @Test func cancellingTheServiceCutsOffAtOnce() async throws {
        let pool = make()
        let service = Task { try await pool.run() }
        let lease = await hold(pool, "SELECT pg_sleep(3600)")
        service.cancel()
        try await service.value
        #expect(await failure { try await lease.value }?.kind == .connection)
    }

    @Test func aPoolThatIsDroppedClosesItsConnections() async throws {
        let name = TestServer.unique("dropped")
        do {
            let pool = PostgresPool(conninfo: TestServer.url, maxConnections: 1, applicationName: name)
            try await pool.withConnection { _ in }
        }
        try await TestServer.with { connection in
            #expect(
                await eventually {
                    try await connection.query("SELECT count(*) FROM pg_stat_activity WHERE application_name = \(name)")
                        .single().get(0, as: Int.self) == 0
                })
        }
    }
}
