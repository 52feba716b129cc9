import Synchronization

/// Whoever waits for a session. Not checked: a request is answered exactly once by its own rules, and the check costs as much as the call.
typealias Waiting = UnsafeContinuation<Void, Never>

/// One statement (or script, or COPY) on its way through a session.
final class Request: @unchecked Sendable {
    // @unchecked: touched by its caller before it is sent and after it is answered, and like its session meanwhile.
    enum Body {
        case statement(PostgresQuery)
        case named(PostgresQuery, name: String)
        case script(String)
        case copyIn(String)
        case copyOut(String)
        case pipeline(PipelineRun)
    }

    let body: Body
    /// ROLLBACK and COMMIT go on when the task is cancelled: leaving them out would leave the transaction open.
    let shielded: Bool
    /// A named statement is prepared first, in a round of its own.
    var preparing = false
    var preparedAgain = false
    /// The server takes COPY data; it answers nothing until that has ended.
    var copying = false
    /// The server sends COPY data, which is read when somebody asks for it.
    var streaming = false
    /// The server sends COPY data that nobody wants.
    var discarding = false
    var startedInTransaction = false
    /// By ``Session/answersAtOnce(_:)``; its caller may have yet to wait for the answer.
    var isSubmitted = false
    /// The answer is complete, or there will be none.
    var answered = false
    /// The error means that a prepared statement's columns have changed.
    var planChanged = false
    /// The last one apart: most statements have one result, and an array would have to be allocated for it.
    private var earlier: [PostgresResult] = []
    private(set) var result: PostgresResult?
    var error: PostgresError?
    /// Set when a cancel was asked for; it replaces the server's 57014.
    var cancelReason: PostgresError.Kind?
    /// Whose cancellation ends it; 0: it has a handler of its own.
    var task: UInt = 0
    private var continuation: Waiting?
    private let call = Atomic(Call.goesOn)

    private enum Call: UInt8, AtomicRepresentable { case goesOn, waits, isResumed }

    init(_ body: Body, shielded: Bool = false) {
        self.body = body
        self.shielded = shielded
    }

    /// By one answer after it was sent, in place of a conversation.
    var isAnsweredWhole: Bool {
        switch body {
        case .statement, .named, .script: true
        case .copyIn, .copyOut, .pipeline: false
        }
    }

    func add(_ next: PostgresResult) {
        if let result { earlier.append(result) }
        result = next
    }

    func dropResults() {
        earlier = []
        result = nil
    }

    /// Has its caller wait, which may be from a thread that has not entered the session: the answer may come meanwhile.
    func wait(_ waiting: Waiting) {
        continuation = waiting
        guard !call.compareExchange(expected: .goesOn, desired: .waits, ordering: .acquiringAndReleasing).exchanged else { return }
        continuation = nil
        waiting.resume()
    }

    /// Has its caller wait once more, inside the session.
    func waitAgain(_ waiting: Waiting) {
        continuation = waiting
        call.store(.waits, ordering: .releasing)
    }

    func resume() {
        if call.exchange(.isResumed, ordering: .acquiringAndReleasing) == .waits { continuation.take()?.resume() }
    }

    /// For the caller, once it goes on: what orders the two threads otherwise is inside the runtime, where the thread sanitizer does not
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

    /// What the caller gets, once resumed.
    func single() throws(PostgresError) -> PostgresResult {
        if let error { throw error }
        guard let result else {
            throw PostgresError(.protocolViolation, "the server answered a statement with nothing")
        }
        return result
    }

    func all() throws(PostgresError) -> [PostgresResult] {
        if let error { throw error }
        return earlier + (result.map { [$0] } ?? [])
    }
}
