import CLibPQ
import Foundation
import Synchronization

/// One libpq connection in non-blocking mode and the statements on it.
///
/// A statement is answered exactly once: with its results, or with an error. When the connection breaks, every
/// statement that was not answered gets an error of kind `connection`.
final class Session: EventExecutor, Watcher, @unchecked Sendable {
    // @unchecked: touched only by the thread that has entered it (``enter()``), except what is atomic.
    let pg: OpaquePointer
    let canceller: Canceller
    let isEncrypted: Bool
    let backendPID: Int32
    private let server: StatementReport.Server
    let open = Atomic<Bool>(true)
    /// Open, outside a transaction, and with nothing under way.
    let atRest = Atomic<Bool>(false)

    /// The first request that was answered inside. Its caller is resumed on leaving.
    @exclusivity(unchecked) var finished: Request?
    @exclusivity(unchecked) var isUnwatched = false
    @exclusivity(unchecked) var unwatchedStatements = 0
    var isWatchScheduled = false

    // Unchecked like the event thread's own state, and for the same reason: every statement touches them.
    @exclusivity(unchecked) var noticeHandler: (@Sendable (PostgresNotice) -> Void)?
    @exclusivity(unchecked) var notificationHandler: (@Sendable (PostgresNotification) -> Void)?
    @exclusivity(unchecked) var statementObserver: (@Sendable (StatementReport) -> Void)?
    /// What made the current transaction fail first: COMMIT is answered with ROLLBACK and does not say why.
    @exclusivity(unchecked) private(set) var failure: PostgresError?
    /// When set, statements are refused: the transaction's time limit has passed.
    @exclusivity(unchecked) var expired: PostgresError?
    /// The body of a transaction runs, which must not end the transaction.
    @exclusivity(unchecked) var bodyRuns = false
    /// When set, statements are refused: the body has ended its own transaction, and they would not be part of it.
    @exclusivity(unchecked) var endedByBody: PostgresError?
    @exclusivity(unchecked) var rolledBack = false
    /// Run-time parameters that the client has set for the open transaction, with BEGIN or later.
    @exclusivity(unchecked) var localSettings: [String: (value: String, withBegin: Bool)] = [:]
    var deadline: EventTimer?
    /// A call of `transaction` is under way, whatever status the server has reported so far.
    var inTransaction = false
    var committing = false
    /// For resolving a lost COMMIT: how to connect again, and when this server was started.
    var origin: ConnectOrigin?
    var serverStarted: String?
    var onStandby = false
    /// For statements that do not choose a format.
    @exclusivity(unchecked) var resultFormat = PostgresFormat.text

    @exclusivity(unchecked) var queue = StatementQueue<Request>()
    @exclusivity(unchecked) var statements = PreparedStatements()
    /// Nil: statements are prepared only where their caller names them.
    @exclusivity(unchecked) var statementCache: StatementCache?
    let parameters = ParameterBuffer()
    /// A thread of its own sends a large statement.
    @exclusivity(unchecked) var isLent = false
    var lossWhileLent: PostgresError?
    var cancelWaiters: [Waiting] = []
    @exclusivity(unchecked) var writer: Waiting?
    var cancelWatch: CancelWatch?
    /// Tasks inside ``PostgresConnection/run(_:)``.
    @exclusivity(unchecked) var coveredTasks: [UInt] = []
    /// Told why the connection is closed, when it is.
    var closeHandler: ((PostgresError) -> Void)?
    @exclusivity(unchecked) private var writing = false
    @exclusivity(unchecked) private var reading = true
    private(set) var statusBeforeLoss: PostgresError?
    /// What the server said when it ended the session between two statements.
    private var lastWords: PostgresError?
    @exclusivity(unchecked) private var polling = BusyPolling()

    /// A server that does not answer a cancelled statement, or ROLLBACK, for this long is considered gone.
    var cancelGrace: Duration = .seconds(10)
    /// In a transaction with a time limit, if it is shorter.
    var transactionGrace: Duration?
    var grace: Duration { transactionGrace ?? cancelGrace }

    private let descriptor: Int32
    /// libpq closes it when the connection breaks, and then another connection may have the same number.
    private var hasDescriptor: Bool { PQsocket(pg) == descriptor }
    private var slot: Int?

    init(_ raw: RawConnection, thread: EventThread) {
        pg = raw.pointer
        descriptor = PQsocket(pg)
        canceller = Canceller(pg)
        isEncrypted = PQsslInUse(pg) == 1
        backendPID = PQbackendPID(pg)
        server = StatementReport.Server(pg)
        super.init(thread: thread)
        PQsetnonblocking(pg, 1)
        // libpq's own receiver writes to stderr.
        PQsetNoticeReceiver(pg, receiveNotice, Unmanaged.passUnretained(self).toOpaque())
    }

    override func leave() {
        if depth == 1, isUnwatched { settle() }
        // Resumed after leaving, because its caller may enter at once.
        let request = depth == 1 ? finished.take() : nil
        super.leave()
        request?.resume()
    }

    /// To be called on the thread, once.
    func attach() {
        guard let slot = thread.add(self, descriptor: descriptor) else {
            return lose(PostgresError(.connection, "the system refused to watch one more connection"))
        }
        self.slot = slot
        pump()
        noteRest()
    }

    func noteRest() {
        atRest.store(!queue.isClosed && queue.isIdle && PQtransactionStatus(pg) == PQTRANS_IDLE, ordering: .releasing)
    }

    var transactionStatus: TransactionStatus {
        guard !queue.isClosed else { return .unknown }
        guard !isLent else { return .active }
        return switch PQtransactionStatus(pg) {
        case PQTRANS_IDLE: .idle
        case PQTRANS_ACTIVE: .active
        case PQTRANS_INTRANS: .inTransaction
        case PQTRANS_INERROR: .failed
        default: .unknown
        }
    }

    // MARK: Statements

    func submit(_ request: Request) {
        if queue.isClosed {
            request.fail(statusBeforeLoss ?? PostgresError(.connection, "the connection is closed"))
        } else if let refusal = expired ?? endedByBody, !request.shielded {
            request.fail(refusal)
        } else if let reason = request.cancelReason {
            request.fail(PostgresError(reason, "the statement was cancelled before it was sent"))
        } else if !request.shielded, request.owner != 0, let active = queue.active, waitsForItself(request, active) {
            request.fail(
                PostgresError(
                    .usage, "a task sends a statement over the connection whose rows or COPY data it has not finished",
                    hint: "finish or drop the iterator first, or use another connection"))
        } else if queue.submit(request) {
            atRest.store(false, ordering: .relaxed)
            unwatch()
            start(request)
            lookAtOnce(for: request)
        }
    }

    private func waitsForItself(_ request: Request, _ active: Request) -> Bool {
        active.owner == request.owner && (active.isStreamed || active.copying) && !active.discarding
            && !active.isDropped.load(ordering: .acquiring)
    }

    /// Sends the statement from the thread that the task runs on. True if it is answered already, as most are: such a call does not
    /// suspend. Otherwise the request may have been submitted (``Request/isSubmitted``), and the caller has to wait for it.
    func answersAtOnce(_ request: Request) -> Bool {
        guard tryEnter() else { return false }
        defer { leave() }
        // Not earlier: when a covered task is cancelled after this, its handler enters and finds the statement.
        if Task.isCancelled { return false }
        cover(request)
        if queue.active != nil { request.owner = Self.currentTask }
        request.isSubmitted = true
        submit(request)
        return request.answered
    }

    /// On a busy machine the server often runs as soon as the statement wakes it, on the same processor, so the answer is there before the
    /// thread would poll for it: the task goes on where it is. Within limits, because everything else that is ready waits meanwhile.
    private func lookAtOnce(for request: Request) {
        guard request.isAnsweredWhole, polling.mayLook() else { return }
        pump()
        // Or the server is ready to run on this processor, and needs it. The event thread has other connections to serve first.
        if !request.answered, !thread.isCurrent, polling.mayYield() {
            for _ in 0..<BusyPolling.yields where !request.answered {
                sched_yield()
                pump()
            }
            polling.yielded(found: request.answered)
        }
        polling.looked(found: request.answered)
    }

    func start(_ first: Request) {
        var next: Request? = first
        while let request = next {
            next = nil
            if statementObserver != nil { request.sent = request.sent ?? .now }
            do {
                try send(request)
                // A pipeline that stopped because the socket was full goes on if the socket has room by now: no event would say so.
                writeOn()
                return
            } catch {
                if PQstatus(pg) == CONNECTION_BAD { return lose() }
                // Nothing went out, so nothing will come back: the next one may start.
                next = queue.finished()
                noteRest()
                request.fail(error)
            }
        }
    }

    // MARK: Wire

    func ready(_ readiness: Readiness) {
        // The thread that has just asked for this watch may not have left yet. Trying again and again would keep the processor from it.
        enter()
        if readiness.writable { writeOn() }
        if readiness.readable { pump() }
        leave()
    }

    /// Sends what is in libpq's buffer, and asks to be told when more can be sent.
    @discardableResult
    func flush() -> Bool {
        guard !queue.isClosed else { return true }
        guard !isLent else { return false }
        switch PQflush(pg) {
        case 0:
            if writing { setWriting(false) }
            return true
        case 1:
            setWriting(true)
            return false
        default:
            // The server may have said why it hung up: that is read before the connection is given up.
            setWriting(false)
            pump()
            return true
        }
    }

    private func writeOn() {
        guard flush(), let active = queue.active, case .pipeline(let run) = active.body else { return }
        feed(run, active)
        // When the rest was cancelled there may be no answer left to wait for.
        pumpPipeline(run, active)
    }

    private func setWriting(_ wanted: Bool) {
        if !wanted { resumeWriter() }
        guard writing != wanted else { return }
        writing = wanted
        updateInterest()
    }

    /// While it is off, the server's data stays in the kernel's buffer, and the server waits.
    func setReading(_ wanted: Bool) {
        guard reading != wanted, !queue.isClosed else { return }
        reading = wanted
        updateInterest()
    }

    func updateInterest(none: Bool = false) {
        guard let slot, !queue.isClosed, !isLent, hasDescriptor else { return }
        thread.poller.change(descriptor, slot: slot, reading: reading && !isUnwatched && !none, writing: writing && !none)
    }

    func pump() {
        guard !queue.isClosed, !isLent else { return }
        let alive = consumeInput()
        if writing { writeOn() }
        while !queue.isClosed, !isLent, let request = queue.active, PQisBusy(pg) == 0 {
            if case .pipeline(let run) = request.body {
                pumpPipeline(run, request)
                if queue.active === request { break }
                continue
            }
            if request.streaming {
                wakeReader(request)
                break
            }
            guard !request.copying, drainCopyOut(request) else { break }
            guard let result = PQgetResult(pg) else {
                // libpq also ends the answer when the connection has broken in the middle of it.
                if PQstatus(pg) == CONNECTION_BAD { lose() } else { finish(request) }
                continue
            }
            take(result, for: request)
        }
        guard !queue.isClosed, !isLent else { return }
        if !alive || PQstatus(pg) == CONNECTION_BAD {
            lose()
            return
        }
        while let notify = PQnotifies(pg) {
            notificationHandler?(PostgresNotification(notify.pointee))
            PQfreemem(notify)
        }
    }

    func take(_ result: OpaquePointer, for request: Request) {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            if request.preparing {
                PQclear(result)
            } else {
                note(result, of: request)
                request.add(PostgresResult(taking: result))
            }
        case PGRES_SINGLE_TUPLE:
            guard !request.discarding else { return PQclear(result) }
            request.addRow(PostgresRow(taking: result))
            request.streaming = true
            wakeReader(request)
        case PGRES_COPY_IN:
            let isBinary = PQbinaryTuples(result) == 1
            PQclear(result)
            if case .copyIn(let statement) = request.body {
                request.endMarker = isBinary ? nil : CopyEndMarker(statement: statement)
                request.copying = true
                request.resume()
            } else {
                request.error = PostgresError(.usage, "COPY FROM STDIN has to be called with copyIn")
                PQputCopyEnd(pg, "no data: the statement was not called with copyIn")
            }
            flush()
        case PGRES_COPY_OUT, PGRES_COPY_BOTH:
            PQclear(result)
            request.sendsCopy = true
            if request.discarding {
                break
            } else if case .copyOut = request.body {
                request.streaming = true
                wakeReader(request)
            } else {
                request.error = PostgresError(.usage, "COPY TO STDOUT has to be called with copyOut")
                request.discarding = true
            }
        default:
            let error = PostgresError(result: result)
            request.planChanged = result.saysPlanChanged
            PQclear(result)
            request.error = request.error ?? error
        }
    }

    /// The server is ready for the next statement.
    func finish(_ request: Request) {
        if request.preparing, request.error == nil, case .named(let query, let name) = request.body {
            statements.prepared(name, query)
            start(request)
            return
        }
        if case .named(_, let name) = request.body, let error = request.error {
            let stale = statements.forget(name, after: error, planChanged: request.planChanged)
            if stale, !request.preparedAgain, transactionStatus == .idle, request.cancelReason == nil {
                request.preparedAgain = true
                request.error = nil
                request.dropResults()
                start(request)
                return
            }
            if stale { request.error?.isStale = true }
        }
        if let reason = request.cancelReason, request.error?.sqlState == "57014" { noteCancelled(request, reason) }
        let status = transactionStatus
        if bodyRuns { noteStatus(status) }
        if status == .idle, !localSettings.isEmpty { localSettings = [:] }
        if status != .failed { failure = nil } else if failure == nil { failure = request.firstError }
        setReading(true)
        request.answered = true
        report(request)
        let next = queue.finished()
        noteRest()
        // Inside a job of the actor its caller may be that job, which then goes on without being queued.
        if depth == 1, finished == nil { finished = request } else { request.resume() }
        if let next { start(next) }
    }

    private func report(_ request: Request) {
        guard let statementObserver, let sent = request.sent else { return }
        statementObserver(
            StatementReport(
                texts: request.texts, name: request.name, duration: sent.duration(to: .now), rowCount: request.rowCount,
                error: request.firstError ?? request.error, backendPID: backendPID,
                server: server, context: request.context))
    }

    // MARK: The end

    fileprivate func receive(_ notice: PostgresError) {
        if notice.isLastWords {
            lastWords = notice
            lastWords?.kind = .connection
        } else {
            noticeHandler?(PostgresNotice(notice))
        }
    }

    /// The connection broke: every unanswered statement fails with the reason.
    func lose(_ reason: PostgresError? = nil) {
        guard !queue.isClosed else { return }
        guard !isLent else {
            // The thread's call fails, and the rest happens when it is back.
            lossWhileLent = lossWhileLent ?? reason ?? PostgresError(.connection, "connection to the server lost")
            shutdown(descriptor, Int32(SHUT_RDWR))
            return
        }
        // Reads what has arrived, which may be the server's reason.
        _ = PQisBusy(pg)
        var error = reason ?? lastWords ?? PostgresError(.connection, connection: pg)
        let active = queue.active
        if var said = active?.error {
            said.kind = .connection
            error = said
            active?.error = said
        }
        shut(error)
    }

    /// Closes the connection; statements that still wait fail.
    func close() {
        let reason = PostgresError(.connection, "the connection was closed")
        if isLent { lose(reason) }
        guard !queue.isClosed, !isLent else { return }
        shut(reason)
    }

    private func shut(_ error: PostgresError) {
        open.store(false, ordering: .releasing)
        atRest.store(false, ordering: .releasing)
        statusBeforeLoss = error
        if let slot {
            thread.poller.remove(descriptor, slot: slot, isClosed: !hasDescriptor)
            thread.execute { [thread] in thread.free(slot: slot) }
        }
        let unanswered = queue.close()
        PQfinish(pg)
        resumeWriter()
        resumeCancelWaiters()
        cancelWatch = nil
        for request in unanswered {
            request.copying = false
            request.streaming = false
            request.fail(error)
            report(request)
        }
        closeHandler.take()?(error)
    }
}

private func receiveNotice(_ context: UnsafeMutableRawPointer?, _ result: OpaquePointer?) {
    guard let context, let result else { return }
    let session = Unmanaged<Session>.fromOpaque(context).takeUnretainedValue()
    session.receive(PostgresError(result: result))
}
