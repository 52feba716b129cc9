import CoreMetrics

/// A pool's metrics by the names of OpenTelemetry's semantic conventions for database clients.
///
/// Connections and waiting tasks are sampled when the pool checks its limits; times and timeouts are recorded as they happen. Times go to
/// `Timer`, which hands nanoseconds to the metrics backend; the backend exports seconds.
struct PoolMetrics: Sendable {
    private let idle, used, limit, pending: Meter
    private let timeouts: Counter
    private let wait, use, create: CoreMetrics.Timer

    init(pool: String, factory: (any MetricsFactory)?) {
        let factory = factory ?? MetricsSystem.factory
        let dimensions = [("db.client.connection.pool.name", pool)]
        func meter(_ name: String, _ more: [(String, String)] = []) -> Meter {
            Meter(label: "db.client.connection.\(name)", dimensions: dimensions + more, factory: factory)
        }
        func timer(_ name: String) -> CoreMetrics.Timer {
            CoreMetrics.Timer(
                label: "db.client.connection.\(name)", dimensions: dimensions, preferredDisplayUnit: .seconds, factory: factory)
        }
        idle = meter("count", [("db.client.connection.state", "idle")])
        used = meter("count", [("db.client.connection.state", "used")])
        limit = meter("max")
        pending = meter("pending_requests")
        timeouts = Counter(label: "db.client.connection.timeouts", dimensions: dimensions, factory: factory)
        wait = timer("wait_time")
        use = timer("use_time")
        create = timer("create_time")
    }

    func sample(_ gauges: PoolGauges) {
        idle.set(gauges.idle)
        used.set(gauges.leased)
        limit.set(gauges.limit)
        pending.set(gauges.waiting)
    }

    func timedOut() { timeouts.increment() }
    func waited(_ duration: Duration) { record(wait, duration) }
    func used(_ duration: Duration) { record(use, duration) }
    func created(_ duration: Duration) { record(create, duration) }

    private func record(_ timer: CoreMetrics.Timer, _ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        timer.recordNanoseconds(seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000)
    }
}
