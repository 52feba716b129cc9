import Testing

@testable import PQClient

/// The pool's decisions, without connections and with a clock of our own.
@Suite struct PoolStateTests {
    private typealias State = PoolState<Int, Int>
    private let start = ContinuousClock.now
    private let site = PostgresCallSite(fileID: "Tests/A.swift", line: 1)

    private func make(_ change: (inout PostgresPool.Configuration) -> Void = { _ in }) -> State {
        var configuration = PostgresPool.Configuration(maxConnections: 4, jitter: 0)
        change(&configuration)
        return State(configuration, now: start)
    }

    private func entry(_ id: Int, at now: ContinuousClock.Instant, deadline: Duration? = nil) -> PoolWaitQueue<Int>.Entry {
        .init(waiter: id, site: site, outer: nil, since: now, deadline: deadline.map { now + $0 })
    }

    /// The limit holds, no task waits while there is room or overtakes another, and nothing is missing after all leases have ended. The
    /// first seed leaves a pool without a connection to be closed.
    @Test(arguments: [2_500_527_875_777_847_196] + (0..<20).map { _ in UInt64.random(in: 0...UInt64.max) })
    func reconciles(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        var state = make {
            ($0.minConnections, $0.idleTimeout, $0.maxLifetime, $0.jitter) = (1, .seconds(20), .seconds(50), 0.5)
            $0.leakThreshold = nil
        }
        var now = start
        var leased: [State.Lease] = []
        var waiting: [Int] = []
        var (opening, made, ids, left, overdue, drained) = (0, 0, 0, 0, 0, 0)
        var closed: Set<Int> = []

        func follow(_ actions: [State.Action]) {
            for action in actions {
                switch action {
                case .open: opening += 1
                case .serve(let waiter, let lease):
                    #expect(waiting.removeFirst() == waiter, "overtaken, seed \(seed)")
                    leased.append(lease)
                case .refuse(let waiter, let error):
                    waiting.removeAll { $0 == waiter }
                    if error.kind == .timeout { overdue += 1 }
                case .close(let connection): #expect(closed.insert(connection).inserted, "closed twice, seed \(seed)")
                case .lookInto, .returnedAfterAll: Issue.record("no lease is to be investigated, seed \(seed)")
                case .drained:
                    #expect(leased.isEmpty && opening == 0, "seed \(seed)")
                    drained += 1
                }
            }
        }
        for _ in 0..<3000 {
            now += .milliseconds(Int.random(in: 0..<300, using: &random))
            switch Int.random(in: 0..<10, using: &random) {
            case 0, 1, 2:
                switch state.acquire(site, since: now, now: now) {
                case .lease(let lease): leased.append(lease)
                case .wait:
                    ids += 1
                    waiting.append(ids)
                    follow(state.wait(ids, entry(ids, at: now, deadline: .seconds(Int.random(in: 1...5, using: &random))), now: now))
                case .closed: Issue.record("closed, seed \(seed)")
                }
            case 3 where opening > 0, 4 where opening > 0:
                opening -= 1
                if Int.random(in: 0..<4, using: &random) > 0 {
                    made += 1
                    follow(state.opened(made, now: now, using: &random))
                } else {
                    follow(state.openFailed(PostgresError(.connection, "no"), now: now))
                }
            case 5, 6:
                guard let index = leased.indices.randomElement(using: &random) else { continue }
                follow(state.release(leased.remove(at: index).number, now: now))
            case 7:
                guard let lease = leased.popLast() else { continue }
                follow(state.discard(lease.number, .broken, now: now))
            case 8:
                guard let id = waiting.randomElement(using: &random) else { continue }
                #expect(state.stopWaiting(id) == id && state.stopWaiting(id) == nil, "seed \(seed)")
                waiting.removeAll { $0 == id }
                left += 1
            default:
                follow(state.expire(now))
                follow(state.tick(now))
            }
            let gauges = state.gauges
            #expect(gauges.leased == leased.count && gauges.connecting == opening && gauges.waiting == waiting.count, "seed \(seed)")
            #expect(gauges.idle + gauges.leased + gauges.connecting <= 4, "seed \(seed)")
            #expect(waiting.isEmpty || gauges.idle == 0, "one waits beside an idle connection, seed \(seed)")
            #expect(closed.isDisjoint(with: leased.map(\.connection)), "a closed one is lent, seed \(seed)")
            #expect(made - closed.count == gauges.idle + gauges.leased, "one is lost, seed \(seed)")
        }
        follow(state.close())
        #expect(waiting.isEmpty && (drained == 1) == state.isDrained, "seed \(seed)")
        if case .closed = state.acquire(site, since: now, now: now) {} else { Issue.record("lent after closing, seed \(seed)") }
        while let lease = leased.popLast() { follow(state.release(lease.number, now: now)) }
        while opening > 0 {
            opening -= 1
            if Bool.random(using: &random) {
                made += 1
                follow(state.opened(made, now: now, using: &random))
            } else {
                follow(state.openFailed(PostgresError(.connection, "no"), now: now))
            }
        }
        #expect(closed.count == made && state.isDrained && drained <= 1, "seed \(seed)")
        #expect(state.counters.created == made && state.counters.closed.values.reduce(0, +) == made, "seed \(seed)")
        #expect(state.counters.cancelled == left && state.counters.timeouts == overdue, "seed \(seed)")
    }

    /// Opens what the state asks for.
    private func fill(_ state: inout State, _ actions: [State.Action], from connection: Int, at now: ContinuousClock.Instant) -> [State
        .Lease]
    {
        var random = SeededGenerator(state: 1)
        var leases: [State.Lease] = []
        var next = connection
        for case .open in actions {
            for case .serve(_, let lease) in state.opened(next, now: now, using: &random) { leases.append(lease) }
            next += 1
        }
        return leases
    }

    @Test func keepsTheMinimumAndClosesWhatIsIdleOrOld() {
        var state = make { ($0.minConnections, $0.idleTimeout, $0.maxLifetime) = (1, .seconds(10), .seconds(60)) }
        #expect(fill(&state, state.tick(start), from: 1, at: start).isEmpty && state.gauges.idle == 1)
        var leases: [State.Lease] = []
        for id in 0..<4 {
            switch state.acquire(site, since: start, now: start) {
            case .lease(let lease): leases.append(lease)
            default: leases += fill(&state, state.wait(id, entry(id, at: start), now: start), from: 10 + id, at: start)
            }
        }
        #expect(leases.map(\.connection) == [1, 11, 12, 13])
        for lease in leases { _ = state.release(lease.number, now: start + .seconds(1)) }
        #expect(state.tick(start + .seconds(10)).isEmpty && state.gauges.idle == 4)
        let idle = state.tick(start + .seconds(12)).compactMap { if case .close(let connection) = $0 { connection } else { nil } }
        #expect(idle == [1, 11, 12] && state.counters.closed == [.idle: 3])
        // The last one is kept for the minimum, but it is replaced when it is old.
        #expect(state.tick(start + .seconds(59)).isEmpty)
        let old = state.tick(start + .seconds(60))
        guard case .close(13)? = old.first, case .open? = old.last, old.count == 2 else {
            Issue.record("\(old)")
            return
        }
        #expect(state.counters.closed == [.idle: 3, .lifetime: 1])
    }

    @Test func jitterSpreadsTheReplacements() {
        var state = make { ($0.maxConnections, $0.idleTimeout, $0.maxLifetime, $0.jitter) = (100, nil, .seconds(100), 0.5) }
        var random = SeededGenerator(state: 7)
        let opens = (0..<100).flatMap { state.wait($0, entry($0, at: start), now: start) }
        let leases = opens.indices.flatMap { state.opened($0, now: start, using: &random) }.compactMap {
            if case .serve(_, let lease) = $0 { lease } else { nil }
        }
        #expect(leases.count == 100)
        for lease in leases { _ = state.release(lease.number, now: start) }
        let closed = (0...100).map { second in
            state.tick(start + .seconds(second)).filter { if case .close = $0 { true } else { false } }.count
        }
        #expect(closed[..<50].allSatisfy { $0 == 0 } && closed.reduce(0, +) == 100 && closed.max()! < 15)
    }

    @Test func aDeadlineSaysWhoHoldsTheConnections() throws {
        var state = make { $0.maxConnections = 1 }
        let held = fill(&state, state.wait(0, entry(0, at: start), now: start), from: 1, at: start)
        #expect(held.count == 1)
        _ = state.wait(1, entry(1, at: start, deadline: .seconds(2)), now: start)
        _ = state.wait(2, entry(2, at: start, deadline: .seconds(1)), now: start)
        #expect(state.earliestDeadline == start + .seconds(1) && state.expire(start + .milliseconds(999)).isEmpty)
        guard case .refuse(2, let error)? = state.expire(start + .seconds(1)).first else {
            Issue.record("the waiter whose deadline has passed was not refused")
            return
        }
        #expect(error.kind == .timeout)
        #expect(try #require(error.detail).contains("Tests/A.swift:1") && error.message.contains("1000 ms"))
        #expect(state.counters.timeouts == 1 && state.gauges.waiting == 1)
    }

    @Test func failedOpeningsReachOneWaiterEachOrWaitForWhatIsLent() {
        var state = make { $0.maxConnections = 2 }
        let error = PostgresError(.connection, "no")
        for id in 0..<3 { _ = state.wait(id, entry(id, at: start), now: start) }
        // Nothing is lent: the first in the queue gets the error, and the third gets a try of its own.
        let actions = state.openFailed(error, now: start)
        guard case .refuse(0, error)? = actions.first, case .open? = actions.last, actions.count == 2 else {
            Issue.record("\(actions)")
            return
        }
        var random = SeededGenerator(state: 1)
        guard case .serve(1, let lease)? = state.opened(1, now: start, using: &random).first else { return }
        // One is lent: the waiter goes on, and the next try comes later.
        #expect(state.openFailed(error, now: start).isEmpty && state.gauges.waiting == 1 && state.tick(start).isEmpty)
        #expect(fill(&state, state.tick(start + .seconds(1)), from: 2, at: start).count == 1)
        #expect(state.counters.connectFailures == 2)
        _ = state.release(lease.number, now: start)
    }

    @Test func longLeasesAreLookedIntoLessAndLessOftenAndReportedOnce() throws {
        var state = make { $0.leakThreshold = .seconds(10) }
        let lease = try #require(fill(&state, state.wait(0, entry(0, at: start), now: start), from: 1, at: start).first)
        func suspects(_ seconds: Int) -> [State.Suspect] {
            state.tick(start + .seconds(seconds)).compactMap { if case .lookInto(let suspect) = $0 { suspect } else { nil } }
        }
        #expect(suspects(9).isEmpty)
        let first = try #require(suspects(10).first)
        #expect(first.lease.number == lease.number && state.judge(first, .slowQuery) && !state.judge(first, .slowQuery))
        #expect(suspects(19).isEmpty)
        #expect(state.judge(try #require(suspects(20).first), .leak) && state.counters.leaks == 1)
        #expect(suspects(39).isEmpty && suspects(40).count == 1)
        guard case .returnedAfterAll(_, let held)? = state.release(lease.number, now: start + .seconds(41)).first else {
            Issue.record("its return is no news")
            return
        }
        #expect(held == .seconds(41))
        // What is found out about a lease that has ended says nothing about the next one.
        guard case .lease(let next) = state.acquire(site, since: start, now: start + .seconds(41)) else { return }
        #expect(!state.judge(first, .leak) && state.release(next.number, now: start + .seconds(42)).isEmpty)
    }

    @Test func waitsAreCountedByLength() {
        var counters = PoolCounters()
        for wait in [
            Duration.zero, .milliseconds(1), .microseconds(1001), .milliseconds(2), .milliseconds(3), .seconds(40), .seconds(90_000),
        ] {
            counters.lent(after: wait)
        }
        let times = counters.waitTimes
        #expect(times.count == 7 && times.max == .seconds(90_000) && times.buckets.count == PostgresPool.WaitTimes.bounds.count + 1)
        #expect(times.buckets[0...2] == [2, 2, 1] && times.buckets.last == 2 && times.buckets.reduce(0, +) == 7)
        #expect(times.median >= .milliseconds(2) && times.median < .milliseconds(2.1) && times.p99 <= times.max)
        #expect(PoolCounters().waitTimes.max == .zero)
    }

    @Test func theQueueForgetsThoseWhoLeft() {
        var queue = PoolWaitQueue<Int>()
        for id in 0..<10_000 { queue.append(id, entry(id, at: start)) }
        for id in (0..<10_000).reversed() where id % 1000 != 0 { #expect(queue.remove(id) != nil) }
        #expect(queue.count == 10 && queue.remove(1) == nil)
        var order: [Int] = []
        while let next = queue.popFirst() { order.append(next.waiter) }
        #expect(order == (0..<10).map { $0 * 1000 } && queue.isEmpty)
    }
}
