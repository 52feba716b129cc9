import PQClient
import Synchronization

/// A load under way: its clock, its arrivals, and what has been measured. Shared by the clients and the one who watches them.
final class LoadRun: Sendable {
    /// What the server held after the first third, and at the end.
    struct Memory: Sendable {
        var before: [Int] = []
        var after: [Int] = []
        var sizeBefore, sizeAfter: Int?
    }
    private struct State {
        var begin: (instant: ContinuousClock.Instant, nanoseconds: UInt64)?
        var memory = Memory()
        var abortedFor: LoadThreshold?
        var endedEarly = false
    }

    let profile: LoadProfile
    let queue: LoadQueue
    let recorder: LoadRecorder
    private let state = Mutex(State())
    /// How long what waits at the end of the profile is still worked off.
    static let drain = 10.0

    init(profile: LoadProfile, arrivals: LoadArrivals, bound: Int, operations: Int) {
        self.profile = profile
        queue = LoadQueue(arrivals, bound: bound)
        recorder = LoadRecorder(operations: operations)
    }

    func begin() { state.withLock { $0.begin = (.now, monotonicNanoseconds()) } }

    /// Nanoseconds since the load began; nil before.
    var now: UInt64? {
        state.withLock { $0.begin?.nanoseconds }.map { monotonicNanoseconds() - $0 }
    }

    var elapsed: Double { now.map { Double($0) / 1e9 } ?? 0 }

    /// The moment this many nanoseconds after the load began.
    func instant(_ nanoseconds: UInt64) -> ContinuousClock.Instant {
        (state.withLock { $0.begin?.instant } ?? .now) + .nanoseconds(nanoseconds)
    }

    /// On the clock of this load.
    func time(ofMonotonic nanoseconds: UInt64) -> UInt64 {
        nanoseconds - min(nanoseconds, state.withLock { $0.begin?.nanoseconds } ?? 0)
    }

    /// Ends the load; what still waits when its time is over was never served.
    func end(abortedFor threshold: LoadThreshold? = nil) {
        let isEarly = elapsed < profile.seconds
        state.withLock {
            $0.abortedFor = $0.abortedFor ?? threshold
            $0.endedEarly = $0.endedEarly || isEarly
        }
        let left = queue.end()
        if !isEarly { recorder.dropped(left) }
    }

    var endedEarly: Bool { state.withLock { $0.endedEarly } }
    var abortedFor: LoadThreshold? { state.withLock { $0.abortedFor } }
    var memory: Memory { state.withLock { $0.memory } }

    func withMemory(_ body: (inout Memory) -> Void) { state.withLock { body(&$0.memory) } }
}

extension HammerClient {
    /// Does the operations of a load as they arrive, until there are no more.
    nonisolated(nonsending) func run(_ load: LoadRun) async throws -> Summary {
        let third = load.profile.kind == .soak ? UInt64(load.profile.seconds / 3 * 1e9) : nil
        var measured = false
        while !setup.stop.isSet, !load.queue.isOver {
            guard let index = choose() else {
                // Its operations need rows that it has not captured yet; the others take what arrives.
                try await Task.sleep(for: .milliseconds(1))
                continue
            }
            let now = load.now ?? 0
            if let third, !measured, now >= third {
                measured = true
                await measure(load) { memory, bytes, size in
                    memory.before += bytes.map { [$0] } ?? []
                    memory.sizeBefore = size ?? memory.sizeBefore
                }
            }
            let taken = load.queue.take(now: now)
            load.recorder.dropped(taken.dropped)
            guard let arrival = taken.arrival else { break }
            let wasFree = arrival > now
            guard try await wait(until: load.instant(arrival)), !load.queue.isEnded else { break }
            let done = try await perform(index)
            load.recorder.answered(
                index, arrival: arrival, started: load.time(ofMonotonic: done.startedNanoseconds),
                ended: load.time(ofMonotonic: done.endedNanoseconds), failed: done.failed, wasFree: wasFree)
        }
        if measured {
            await measure(load) { memory, bytes, size in
                memory.after += bytes.map { [$0] } ?? []
                memory.sizeAfter = size ?? memory.sizeAfter
            }
        }
        return try await finish()
    }

    /// In short pieces, so that a stop is noticed. False when there was one.
    private nonisolated(nonsending) func wait(until instant: ContinuousClock.Instant) async throws -> Bool {
        while !setup.stop.isSet {
            let now = ContinuousClock.now
            guard now < instant else { return true }
            try await Task.sleep(until: min(instant, now + .milliseconds(200)))
        }
        return false
    }

    /// Asks how much memory the client's server process holds, and the first client how large the database is.
    private nonisolated(nonsending) func measure(_ load: LoadRun, _ keep: (inout LoadRun.Memory, Int?, Int?) -> Void) async {
        // Only a superuser or a member of pg_read_all_stats may ask for the first.
        let bytes = await ask("SELECT sum(total_bytes)::bigint FROM pg_backend_memory_contexts")
        let size = number == 0 ? await ask("SELECT pg_database_size(current_database())") : nil
        load.withMemory { keep(&$0, bytes, size) }
    }

    private nonisolated(nonsending) func ask(_ sql: String) async -> Int? {
        let result = try? await connection.query(PostgresQuery(sql))
        return try? result?[0].get(0, as: Int.self)
    }
}
