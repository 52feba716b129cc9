import DomainFlow
import Foundation
import PQClient
import RaceLab
import Synchronization

/// One worker: claims campaign jobs, processes each in a transaction of its own, and keeps its leases alive meanwhile.
///
/// When asked to stop, it finishes the current job and gives back the others it holds. It replaces a lost connection; the token of the
/// current job decides whether the job was done, and the worker never repeats a job on a guess.
actor WorkLoop {
    struct Options: Sendable {
        var worker: String
        /// nil means all campaigns.
        var campaign: UUID?
        var lease: Duration
        /// The number of jobs to claim at a time.
        var batch: Int
    }

    private let options: Options
    private let pool: PostgresPool
    private let database: DomainFlowClient
    private let stop: StopFlag
    /// The work done so far.
    private(set) var report = WorkReport()
    /// The tokens of the jobs that this worker holds, by job.
    private var held: [Int64: Int64] = [:]

    init(conninfo: String, options: Options, stop: StopFlag) {
        self.options = options
        self.stop = stop
        // One connection works, one sends heartbeats.
        pool = PostgresPool(conninfo: conninfo, maxConnections: 2, applicationName: "domainflow \(options.worker)")
        database = DomainFlowClient(pool)
    }

    func run() async throws {
        let heartbeats = Task { await self.keepAlive() }
        defer { heartbeats.cancel() }
        var idle = Duration.milliseconds(10)
        var trouble = 0
        while !stop.isSet {
            do {
                let jobs = try await claim()
                trouble = 0
                if jobs.isEmpty {
                    try? await Task.sleep(for: idle)
                    idle = min(idle * 2, .milliseconds(200))
                    try await database.failStrandedCampaigns(actor: options.worker)
                    continue
                }
                idle = .milliseconds(10)
                try await work(jobs)
            } catch let error as DomainFlowError where error.isLoss {
                trouble += 1
                report.reconnects += 1
                held = [:]
                guard trouble <= 20 else { throw error }
                try? await Task.sleep(for: Backoff(base: .milliseconds(100), cap: .seconds(5)).delay(attempt: trouble))
            }
        }
        heartbeats.cancel()
        await pool.close()
    }

    private func claim() async throws -> [ClaimedJob] {
        let clock = ContinuousClock.now
        let jobs = try await database.claimCampaignJobs(
            campaign: options.campaign, worker: options.worker, limit: options.batch, lease: options.lease)
        report.record("claim_campaign_jobs", ContinuousClock.now - clock)
        report.claimed += jobs.count
        for job in jobs { held[job.id] = job.token }
        return jobs
    }

    private struct Payload: Decodable {
        var campaign: UUID
        private enum CodingKeys: String, CodingKey { case campaign = "campaign_id" }
    }

    private func work(_ jobs: [ClaimedJob]) async throws {
        for job in jobs {
            let payload = try job.payload.decode(Payload.self)
            guard !stop.isSet else {
                try await database.releaseJobs(queue: DomainFlowClient.campaignQueue, ids: [job.id], token: job.token)
                report.putBack += 1
                held[job.id] = nil
                continue
            }
            try await process(job, of: payload.campaign)
            held[job.id] = nil
        }
    }

    private func process(_ job: ClaimedJob, of campaign: UUID) async throws {
        let clock = ContinuousClock.now
        let worker = options.worker
        let retries = RetryCounter()
        do {
            let result = try await database.transaction(
                TransactionOptions(name: "process_campaign_job", onRetry: { _, _ in retries.count() }),
                correlationID: "\(worker)/job-\(job.id)"
            ) { try await $0.processCampaignJob(campaign: campaign, job: job.id, token: job.token, worker: worker) }
            report.record("process_campaign_job", ContinuousClock.now - clock)
            switch result.outcome {
            case .done:
                report.done += 1
                report.names += result.generated
            case .parked, .dropped: report.putBack += 1
            case .stale: report.stale += 1
            }
        } catch let error as DomainFlowError where !error.isLoss {
            if error.sqlState == "DF704" {
                report.stale += 1
            } else {
                report.failed += 1
                try await database.failCampaignJob(
                    campaign: campaign, job: job.id, token: job.token, worker: worker, error: error.message,
                    duration: ContinuousClock.now - clock)
            }
        }
        report.retries += retries.value
    }

    /// Extends the leases of the jobs it holds, three times per lease, on a connection of its own.
    private func keepAlive() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: options.lease / 3)
            for token in Set(held.values) where !Task.isCancelled {
                let ids = held.filter { $0.value == token }.map(\.key)
                let clock = ContinuousClock.now
                // A lost heartbeat is not an error: the transaction of the job checks whether the job is still held.
                guard
                    (try? await database.heartbeatJobs(queue: DomainFlowClient.campaignQueue, ids: ids, token: token, lease: options.lease))
                        != nil
                else { continue }
                report.record("heartbeat_jobs", ContinuousClock.now - clock)
            }
        }
    }
}

/// Counts the retries that the client reports from any thread.
private final class RetryCounter: Sendable {
    private let number = Atomic<Int>(0)
    func count() { number.add(1, ordering: .relaxed) }
    var value: Int { number.load(ordering: .relaxed) }
}

extension DomainFlowError {
    /// The connection was lost, and the answer with it.
    var isLoss: Bool { postgresError.map { [.connection, .outcomeUnknown, .protocolViolation].contains($0.kind) } ?? false }
}
