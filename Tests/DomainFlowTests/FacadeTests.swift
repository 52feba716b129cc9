import DomainFlow
import Foundation
import PQClient
import Testing

struct FacadeTests {
    private let database: DomainFlowClient
    private let pool: PostgresPool

    init() async throws {
        pool = try await FacadeDatabase.shared.pool()
        database = DomainFlowClient(pool)
    }

    @Test func metaNamesTheReleaseAndItsErrors() async throws {
        #expect(try await database.version() == "0.5.0")
        #expect(try await database.catalogFingerprint().hasPrefix("sha256:v2:"))
        #expect(try await database.catalogObjects().contains { $0.identity.contains("claim_jobs") })
        let codes = try await database.errorCodes()
        #expect(codes.count >= 20)
        let conflict = try #require(codes.first { $0.code == "RES_VERSION_CONFLICT" })
        #expect(conflict.sqlState == "DF303" && conflict.httpStatus == 409 && conflict.isRetryable && !conflict.description.isEmpty)
    }

    @Test func entitiesAreUpdatedUnderTheirVersion() async throws {
        _ = try await pool.withConnection {
            try await $0.execute(
                "CREATE TABLE public.facade_item (id bigint PRIMARY KEY, name text); INSERT INTO public.facade_item VALUES (1, 'a')")
        }
        let signature = try await database.manageEntity(table: "public.facade_item")
        #expect(signature.contains("atomic_update_facade_item_state"))
        let done = try await database.updateEntity(
            "facade_item", id: "1", expectedVersion: 1, newData: #"{"name": "b"}"#, context: #"{"why": "test"}"#)
        #expect(done.success && done.newVersion == 2 && done.conflictVersion == nil)
        let late = try await database.updateEntity("facade_item", id: "1", expectedVersion: 1, newData: #"{"name": "c"}"#)
        #expect(!late.success && late.conflictVersion == 2 && late.errorMessage != nil)
        let items = database.entity("facade_item", key: Int64.self)
        #expect(try await items.update(id: 1, expectedVersion: 2, newData: #"{"name": "d"}"#).newVersion == 3)
        let answers = try await items.update([
            EntityChange(id: 7, expectedVersion: 1, newData: #"{"name": "x"}"#),
            EntityChange(id: 1, expectedVersion: 3, newData: #"{"name": "e"}"#),
        ])
        #expect(answers.map(\.success) == [false, true] && answers[0].conflictVersion == nil && answers[1].newVersion == 4)
        try await database.unmanageEntity(table: "public.facade_item", dropVersion: true)
    }

    @Test func entitiesMayHaveKeysOfSeveralColumns() async throws {
        _ = try await pool.withConnection {
            try await $0.execute(
                """
                CREATE TABLE public.facade_seat (show integer, row text, taken boolean DEFAULT false, PRIMARY KEY (show, row));
                INSERT INTO public.facade_seat VALUES (1, 'a'), (1, 'b')
                """)
        }
        try await database.manageEntity(table: "public.facade_seat")
        let seats = database.entity("facade_seat", keys: Int32.self, String.self)
        #expect(try await seats.update(id: 1, "a", expectedVersion: 1, newData: #"{"taken": true}"#).newVersion == 2)
        #expect(try await seats.update(id: 1, "z", expectedVersion: 1, newData: "{}").success == false)
        let answers = try await seats.update(
            ids: [1, 1], ["a", "b"], expectedVersions: [1, 1], newData: [#"{"taken": false}"#, #"{"taken": true}"#], context: "{}")
        #expect(answers.map(\.success) == [false, true] && answers[0].conflictVersion == 2)
        try await database.unmanageEntity(table: "public.facade_seat")
    }

    @Test func statesMoveByTheirMachine() async throws {
        let definition: PostgresJSON =
            #"{"initial": "new", "states": {"new": {}, "done": {"terminal": true}}, "transitions": [{"from": "new", "to": "done"}]}"#
        #expect(try await database.defineStateMachine("facade", definition: definition) == 1)
        let began = Date().addingTimeInterval(-60)
        #expect(try await database.createStateInstance(machine: "facade", entityID: "1", actor: "test", context: "{}").toState == "new")
        #expect(try await database.createStateInstance(machine: "facade", entityID: "1").errorCode == "RES_ALREADY_EXISTS")
        #expect(try await database.validateTransition(machine: "facade", entityID: "1", to: "done").success)
        let done = try await database.transition(machine: "facade", entityID: "1", to: "done", expectedVersion: 1, reason: "because")
        #expect(done.success && done.fromState == "new" && done.toState == "done" && done.newVersion == 2)
        let refused = try await database.transition(machine: "facade", entityID: "1", to: "new")
        #expect(!refused.success && refused.errorCode == "BIZ_TERMINAL_STATE")

        let history = try await database.stateHistory(machine: "facade", entityID: "1")
        #expect(history.map(\.toState) == ["new", "done"] && history.map(\.version) == [1, 2] && history[0].actor == "test")
        #expect(history[0].fromState == nil && history[1].reason == "because" && history[0].context == "{}")
        #expect(try await database.state(machine: "facade", entityID: "1", at: history[0].occurredAt)?.version == 1)
        #expect(try await database.state(machine: "facade", entityID: "1", at: Date().addingTimeInterval(60))?.state == "done")
        #expect(try await database.state(machine: "facade", entityID: "1", at: began) == nil)
        try await database.createStateInstance(machine: "facade", entityID: "2")
        let moves = [StateMove("1", to: "new"), StateMove("2", to: "done", expectedVersion: 1), StateMove("3", to: "done")]
        #expect(try await database.transition(machine: "facade", moves).map(\.success) == [false, true, false])
    }

    @Test(.timeLimit(.minutes(1))) func listenersHearOfOneJobAndOfABatch() async throws {
        let queue = "facade-\(UUID().uuidString)"
        _ = try await database.createQueue(queue, notify: true)
        let listener = try await PostgresListener.open(FacadeDatabase.shared.conninfo(), channels: ["domainflow_job"])
        var events = listener.makeAsyncIterator()
        func isHeard() async -> Bool {
            while let event = await events.next() {
                if case .notification(let notification) = event, notification.payload == queue { return true }
            }
            return false
        }
        _ = try await database.enqueueJob(queue: queue, kind: "one")
        #expect(await isHeard())
        _ = try await database.enqueueJobs(queue: queue, [NewJob(kind: "a"), NewJob(kind: "b")])
        #expect(await isHeard())
    }

    @Test func queuesArePausedCountedAndCleared() async throws {
        let queue = "facade-\(UUID().uuidString)"
        #expect(try await database.createQueue(queue, maxAttempts: 1, backoffBase: .seconds(2), keepFinished: true, notify: false))
        #expect(try await !database.createQueue(queue))
        let ids = try await database.enqueueJobs(
            queue: queue, [NewJob(kind: "a", priority: 3), NewJob(kind: "a"), NewJob(kind: "b", runAt: Date().addingTimeInterval(3600))])
        #expect(try await database.pauseQueue(queue))
        #expect(try await !database.pauseQueue(queue))
        #expect(try await database.claimJobs(queue: queue, worker: "w").isEmpty)
        #expect(try await database.pauseQueue(queue, paused: false))
        #expect(try await database.parkJobs(queue: queue, ids: ids) == ids)
        #expect(try await database.unparkJobs(queue: queue, ids: [ids[0]]) == [ids[0]])
        let claimed = try await database.claimJobs(queue: queue, worker: "w")
        #expect(claimed.map(\.id) == [ids[0]])
        #expect(try await database.failJob(queue: queue, id: ids[0], token: claimed[0].token, error: "no", retry: false) == .dead)
        let stats = try #require(try await database.queueStats(queue).first)
        #expect(
            stats.dead == 1 && stats.parked == 2 && stats.ready == 0 && stats.running == 0 && !stats.isPaused && stats.oldestReadyAt == nil)
        let dead = try #require(try await database.listDeadJobs(queue).first)
        #expect(dead.id == ids[0] && dead.lastError == "no" && dead.queue == queue)
        #expect(try await database.requeueJobs(queue: queue, ids: ids) == [ids[0]])
        #expect(try await database.cancelJobs(queue: queue, ids: ids).sorted() == ids)
        try await database.enqueueJob(queue: queue, kind: "left")
        #expect(try await database.dropQueue(queue, force: true) == 1)
        try await database.enqueueJob(queue: queue, kind: "again", create: true)
        #expect(try await database.maintain("queues").map(\.outcome) == ["done"])
    }

    @Test func decisionsAreWrittenInBatchesAndFoundAgain() async throws {
        let user = "facade-\(UUID().uuidString)"
        let written = [
            AuthorizationDecision(
                userID: user, resourceType: "order", resourceID: "7", action: "pay", decision: .allow, policies: ["owner", "hours"],
                context: #"{"hour": 9}"#, executionTime: .milliseconds(2)),
            AuthorizationDecision(userID: user, resourceType: "order", resourceID: nil, action: "create", decision: .deny),
        ]
        let ids = try await database.transaction(correlationID: "request-8") { try await $0.logAuthorizationDecisions(written) }
        let found = try await database.authorizationDecisions(userID: user)
        #expect(Set(found.map(\.id)) == Set(ids) && found.allSatisfy { $0.correlationID == "request-8" })
        #expect(Set(found.map(\.decision)) == Set(written))
        #expect(try await database.authorizationDecisions(userID: user, decision: .deny).map(\.id) == [ids[1]])
        #expect(try await database.dropExpiredPartitions().isEmpty)
    }

    @Test func jobsAreClaimedKeptFinishedFailedAndGivenBack() async throws {
        let queue = "facade-\(UUID().uuidString)"
        try await database.createQueue(queue)
        let first = try await database.enqueueJob(queue: queue, kind: "a", payload: #"{"n": 1}"#, priority: 5, maxAttempts: 1)
        let more = try await database.enqueueJobs(queue: queue, [NewJob(kind: "b"), NewJob(kind: "b", payload: #"{"n": 2}"#)])
        #expect(more.count == 2)
        let later = try await database.enqueueJob(queue: queue, kind: "a", runAt: Date().addingTimeInterval(3600))

        let claimed = try await database.claimJobs(queue: queue, worker: "w", lease: .seconds(60), kinds: ["a"])
        #expect(claimed.map(\.id) == [first])
        let job = claimed[0]
        #expect(job.kind == "a" && job.attempt == 1 && job.maxAttempts == 1 && job.priority == 5 && job.leaseUntil > Date())
        #expect(try job.payload.decode([String: Int].self) == ["n": 1])
        #expect(try await database.heartbeatJobs(queue: queue, ids: [job.id], token: job.token, lease: .seconds(60)) == [job.id])
        #expect(try await database.completeJob(queue: queue, id: job.id, token: job.token + 1) == false)
        #expect(try await database.failJob(queue: queue, id: job.id, token: job.token, error: "no") == .dead)
        #expect(try await database.failJob(queue: queue, id: job.id, token: job.token, error: "no") == .stale)

        let rest = try await database.claimJobs(queue: queue, worker: "w", limit: 5)
        #expect(rest.map(\.id) == more)
        #expect(try await database.releaseJobs(queue: queue, ids: [rest[1].id], token: rest[1].token) == [rest[1].id])
        #expect(try await database.completeJobs(queue: queue, ids: rest.map(\.id), tokens: rest.map(\.token)) == [rest[0].id])
        let again = try await database.claimJobs(queue: queue, worker: "w", lease: .milliseconds(1))
        #expect(again.map(\.attempt) == [1])
        try await Task.sleep(for: .milliseconds(20))
        let rescued = try await database.rescueJobs(queue: queue)
        // A sweep that another test caused may have come first.
        #expect(rescued.isEmpty || rescued.map(\.id) == again.map(\.id) && rescued.map(\.outcome) == [.retry])
        let last = try await database.claimJobs(queue: queue, worker: "w", limit: 5)
        #expect(last.map(\.id) == again.map(\.id) && last.map(\.attempt) == [2] && last[0].id != later)
    }

    @Test func aTransactionIsOneAndCarriesTheCorrelationID() async throws {
        struct Undo: Error {}
        let queue = "facade-\(UUID().uuidString)"
        try await database.createQueue(queue)
        await #expect(throws: Undo.self) {
            try await database.transaction { database in
                _ = try await database.enqueueJob(queue: queue, kind: "x")
                throw Undo()
            }
        }
        #expect(try await database.claimJobs(queue: queue, worker: "w").isEmpty)
        let ids = try await database.transaction(.init(isolation: .repeatableRead), correlationID: "request-7") { database in
            let decision = try await database.logAuthorizationDecision(
                userID: "u", resourceType: "facade", resourceID: "1", action: "read", decision: .allow, policies: ["p"],
                context: #"{"a": 1}"#, requestContext: "{}", executionTime: .microseconds(250))
            let metric = try await database.recordTransactionMetric(
                operationName: "facade.joined", duration: .milliseconds(12), success: true, retryCount: 1, isolationLevel: "repeatable read"
            )
            return (decision, metric)
        }
        let row = try await pool.withConnection {
            try await $0.query(
                """
                SELECT a.correlation_id, m.correlation_id, a.transaction_id = m.transaction_id, a.execution_time_ms, m.duration_ms
                  FROM domainflow.audit_log AS a, domainflow.transaction_metric AS m WHERE a.id = \(ids.0) AND m.metric_id = \(ids.1)
                """
            ).single().decode((String, String, Bool, Double, Double).self)
        }
        #expect(row.0 == "request-7" && row.1 == "request-7" && row.2 && row.3 == 0.25 && row.4 == 12)
    }

    @Test func metricsAndStatementsComeBackAsStatistics() async throws {
        for (milliseconds, success) in [(10, true), (20, true), (30, false)] {
            try await database.recordTransactionMetric(
                operationName: "facade.stats", duration: .milliseconds(milliseconds), success: success, errorMessage: success ? nil : "no")
        }
        let stats = try await database.transactionPerformanceStats(operationName: "facade.stats", hoursBack: 1)
        #expect(stats.map(\.total) == [3] && stats[0].successful == 2 && stats[0].failed == 1)
        #expect(stats[0].averageMS == 20 && stats[0].maxMS == 30 && stats[0].minMS == 10)
        let batch = [
            TransactionMeasure(operationName: "facade.batch", duration: .milliseconds(4), success: true, isolationLevel: "SERIALIZABLE"),
            TransactionMeasure(
                operationName: "facade.batch", campaignID: UUID(), duration: .milliseconds(6), success: false, errorMessage: "no",
                retryCount: 2),
        ]
        #expect(try await database.recordTransactionMetrics(batch).count == 2)
        let both = try await database.transactionPerformanceStats(operationName: "facade.batch")
        #expect(both.map(\.averageMS) == [5] && both[0].failed == 1 && both[0].averageRetries == 1)
        try await database.recordQueryPerformance(
            query: "SELECT 'facade' FROM slow_thing", duration: .milliseconds(900), rows: 4, operationName: "facade")
        let slow = try await database.slowQueries(thresholdMS: 500).first { $0.query.contains("slow_thing") }
        #expect(slow?.calls == 1 && slow?.maxMS == 900 && slow?.meanMS == 900)
        try await database.recordQueryPerformances([
            QueryMeasure(query: "SELECT 1 FROM facade_batch", duration: .milliseconds(600), rows: 1, campaignID: UUID()),
            QueryMeasure(query: "SELECT 2 FROM facade_batch", duration: .milliseconds(700)),
        ])
        #expect(try await database.slowQueries(thresholdMS: 500).first { $0.query.contains("facade_batch") }?.calls == 2)
        #expect(try await database.normalizeQuery("SELECT 7") == "select ?")
        #expect(try await database.queryFingerprint("SELECT 7") == database.queryFingerprint("select  8"))
        for advice in try await database.optimizationRecommendations() { #expect(!advice.kind.isEmpty && !advice.reason.isEmpty) }
        try await database.ensurePartitions(monthsAhead: 1)
    }

    @Test func aCampaignIsWorkedOffPausedAndEnded() async throws {
        let pattern = DomainPattern(prefix: "f", charset: "ab", length: 3, suffix: "s", tlds: ["com", "net"], limit: 10)
        #expect(try await database.checkDomainPattern(pattern) == 10)
        #expect(try await database.generateDomains(pattern, count: 3) == ["faaas.com", "faaas.net", "faabs.com"])
        let id = try await database.createCampaign(name: "facade", pattern: pattern, batchSize: 4, userID: "u")
        #expect(try await database.campaign(UUID()) == nil)
        #expect(try await database.pauseCampaign(id).success == false)
        #expect(try await database.startCampaign(id, actor: "u", reason: "test").success)
        #expect(try await database.pauseCampaign(id).toState == "paused")
        let paused = try #require(try await database.campaign(id))
        #expect(paused.jobs?.parked == 3 && paused.allocated == 10)
        #expect(try await database.resumeCampaign(id).success)
        while true {
            let jobs = try await database.claimJobs(queue: DomainFlowClient.campaignQueue, worker: "w", limit: 2)
            if jobs.isEmpty { break }
            for job in jobs {
                let result = try await database.processCampaignJob(campaign: id, job: job.id, token: job.token, worker: "w")
                #expect(result.outcome == .done && result.range.map { Int($0.count) } == result.generated)
                #expect(try await database.processCampaignJob(campaign: id, job: job.id, token: job.token, worker: "w").outcome == .stale)
                #expect(
                    try await database.failCampaignJob(
                        campaign: id, job: job.id, token: job.token, worker: "w", error: "late", duration: .zero) == .stale)
            }
        }
        let campaign = try #require(try await database.campaign(id))
        #expect(campaign.status == "completed" && campaign.hasEnded && campaign.generated == 10 && campaign.progress == 1)
        #expect(try await database.campaigns().contains { $0.campaignID == id && $0.jobs == nil })
        #expect(try await database.campaignInvariants(id).allSatisfy { $0.violations == 0 })
        let trail = try await database.campaignTrail(id)
        #expect(Set(trail.map(\.area)).isSuperset(of: ["campaign", "state", "audit", "transaction", "query"]))
        #expect(try await database.cancelCampaign(id).success == false)
        #expect(try await database.archiveCampaign(id).success)
        #expect(try await database.allocateDomainRange(campaign: id, size: 5) == nil)
        let other = try await database.createCampaign(name: "facade 2", pattern: pattern)
        #expect(try await database.allocateDomainRange(campaign: other, size: 4) == 0..<4)
        #expect(try await database.failCampaign(other).errorCode == "BIZ_INVALID_TRANSITION")
    }
}
