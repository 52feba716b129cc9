import Synchronization

/// Asks the server about leases that have lasted suspiciously long, and reports them.
extension PostgresPool {
    func lookInto(_ suspect: State.Suspect) {
        Task.detached { [self] in
            let verdict: LeaseReport.Verdict
            switch await connect(applicationName: "\(configuration.applicationName ?? configuration.name) leak check") {
            case .success(let connection):
                verdict = await .ask(connection, about: suspect.lease.connection.backendPID)
                connection.closeSoon()
            case .failure(let error):
                verdict = .unknown(reason: "no connection for asking could be opened: \(error.message)")
            }
            guard state.withLock({ $0.judge(suspect, verdict.kind) }) else { return }
            report(suspect.lease, held: ContinuousClock.now - suspect.lease.since, verdict)
        }
    }

    func report(_ lease: State.Lease, held: Duration, _ verdict: LeaseReport.Verdict) {
        let report = LeaseReport(
            pool: configuration.name, callSite: lease.site, heldFor: held, backendPID: lease.connection.backendPID, verdict: verdict)
        if let handler = configuration.leaseReportHandler {
            handler(report)
            return
        }
        switch verdict {
        case .leak, .unknown: configuration.logger.warning("\(report)")
        case .slowQuery: configuration.logger.notice("\(report)")
        case .returnedAfterAll: configuration.logger.info("\(report)")
        }
    }
}
