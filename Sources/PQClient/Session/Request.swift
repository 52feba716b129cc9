import Synchronization
import Tracing

/// The continuation of a caller that waits for a session. Unchecked: a request is answered exactly once by its own rules, and the check
/// costs as much as the call.
typealias Waiting = UnsafeContinuation<Void, Never>

/// One statement (or script, or COPY) on its way through a session.
final class Request: @unchecked Sendable {
    // @unchecked: its caller touches it before it is sent and after it is answered; in between the rules of its session apply.
    enum Body {
        case statement(PostgresQuery)
        case named(PostgresQuery, name: String)
        case script(String)
        case copyIn(String)
        case copyOut(String)
        /// Answered row by row.
        case rows(PostgresQuery)
        case pipeline(PipelineRun)
    }

    /// A statement becomes a named one when it has come often enough.
    var body: Body
    /// Of the task that asks for it.
    let context = ServiceContext.current
    /// Not cancelled with the task, for ROLLBACK and COMMIT: without them the transaction would stay open.
    let shielded: Bool
    /// A named statement is prepared first, in a round of its own.
    var preparing = false
    var preparedAgain = false
    /// The server takes COPY data and does not answer until the data has ended.
    var copying = false
    /// For data in a text form.
    var endMarker: CopyEndMarker?
    /// The server sends rows or COPY data, which is read on demand.
    var streaming = false
    /// The server has begun to send COPY data.
    var sendsCopy = false
    /// The server sends rows or COPY data that is thrown away.
    var discarding = false
    var startedInTransaction = false
    /// Submitted by ``Session/answersAtOnce(_:)``; its caller may still have to wait for the answer.
    var isSubmitted = false
    /// The answer is complete, or there will be none.
    var answered = false
    /// The error means that a prepared statement's columns have changed.
    var planChanged = false
    /// All results but the last, which is kept apart: most statements have one, and an array would have to be allocated for it.
    private var earlier: [PostgresResult] = []
    private(set) var result: PostgresResult?
    /// Rows that its caller has not taken yet.
    private var rows: [PostgresRow] = []
    var error: PostgresError?
    /// When it was sent, if somebody observes the connection's statements.
    var sent: ContinuousClock.Instant?
    /// Set when a cancel was requested; it becomes the kind of the server's 57014.
    var cancelReason: PostgresError.Kind?
    /// The task whose cancellation ends it; 0 if it has a handler of its own.
    var task: UInt = 0
    /// The task that asks for it, if it is one whose answer comes over time.
    var owner: UInt = 0
    /// Its reader is gone, whether the session knows that yet or not.
    let isDropped = Atomic(false)
    private var continuation: Waiting?
    private let call = Atomic(Call.goesOn)

    private enum Call: UInt8, AtomicRepresentable { case goesOn, waits, isResumed }

    init(_ body: Body, shielded: Bool = false) {
        self.body = body
        self.shielded = shielded
    }

    /// One answer follows once it is sent, unlike a COPY or a pipeline.
    var isAnsweredWhole: Bool {
        switch body {
        case .statement, .named, .script: true
        case .copyIn, .copyOut, .rows, .pipeline: false
        }
    }

    var isCopyOut: Bool { if case .copyOut = body { true } else { false } }

    /// Its answer is read piece by piece.
    var isStreamed: Bool { if case .rows = body { true } else { isCopyOut } }

    func addRow(_ row: PostgresRow) { rows.append(row) }

    func takeRows() -> [PostgresRow] {
        defer { rows = [] }
        return rows
    }

    func add(_ next: PostgresResult) {
        if let result { earlier.append(result) }
        result = next
    }

    func dropResults() {
        earlier = []
        result = nil
    }

    /// Suspends its caller, which may be on a thread that has not entered the session: the answer may arrive meanwhile.
    func wait(_ waiting: Waiting) {
        continuation = waiting
        guard !call.compareExchange(expected: .goesOn, desired: .waits, ordering: .acquiringAndReleasing).exchanged else { return }
        continuation = nil
        waiting.resume()
    }

    /// Suspends its caller once more, inside the session.
    func waitAgain(_ waiting: Waiting) {
        continuation = waiting
        call.store(.waits, ordering: .releasing)
    }

    func resume() {
        if call.exchange(.isResumed, ordering: .acquiringAndReleasing) == .waits { continuation.take()?.resume() }
    }

    /// To be called by the resumed caller: what orders the two threads otherwise is inside the runtime, where the thread sanitizer does not
    /// look.
    func receive() { _ = call.load(ordering: .acquiring) }

    func fail(_ failure: PostgresError) {
        error = error ?? failure
        answered = true
        resume()
    }

    var firstError: PostgresError? {
        if case .pipeline(let run) = body { run.progress.firstError } else { error }
    }

    var name: String? { if case .named(_, let name) = body { name } else { nil } }

    /// Rows that it returned or changed.
    var rowCount: Int {
        guard case .pipeline(let run) = body else { return result?.affectedRows ?? 0 }
        return run.progress.outcomes.reduce(0) { $0 + ((try? $1?.get().affectedRows) ?? 0) }
    }

    /// The result for the resumed caller.
    func single() throws(PostgresError) -> PostgresResult {
        if let error { throw error }
        guard let result else {
            throw PostgresError(.protocolViolation, "the server sent no result for a statement")
        }
        return result
    }

    func all() throws(PostgresError) -> [PostgresResult] {
        if let error { throw error }
        return earlier + (result.map { [$0] } ?? [])
    }
}
