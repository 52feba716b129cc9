import Foundation
import PQClient
import Synchronization

/// What the workers of one exploration share.
final class SharedSearch: Sendable {
    struct State {
        var search: ScheduleSearch
        /// What the serial orders led to; complete when the first bound is done.
        var serial: Set<ScheduleOutcome> = []
        var report: ExplorationReport
        var failure: (any Error)?
    }

    let state: Mutex<State>
    let limit: Int
    let deadline: ContinuousClock.Instant
    let stop: StopFlag

    init(_ search: ScheduleSearch, report: ExplorationReport, limit: Int, deadline: ContinuousClock.Instant, stop: StopFlag) {
        state = Mutex(State(search: search, report: report))
        self.limit = limit
        self.deadline = deadline
        self.stop = stop
    }

    var isOver: Bool {
        stop.isSet || ContinuousClock.now > deadline
            || state.withLock { $0.report.finding != nil || $0.failure != nil || $0.report.schedules >= limit }
    }
}
