import Foundation
import PQClient

extension DomainFlowClient {
    /// Records one execution of a statement. Returns the record's id.
    @discardableResult
    public func recordQueryPerformance(
        query text: String, duration: Duration, rows: Int? = nil, operationName: String? = nil, campaignID: UUID? = nil
    ) async throws -> UUID {
        try await value(
            """
            SELECT domainflow.record_query_performance(
                p_query => \(text)::text, p_duration_ms => \(duration.milliseconds)::double precision, p_rows => \(rows)::bigint,
                p_operation_name => \(operationName)::text, p_campaign_id => \(campaignID)::uuid)
            """)
    }

    /// Records many executions in one statement, all or none. Returns their ids in order.
    @discardableResult
    public func recordQueryPerformances(_ measures: [QueryMeasure]) async throws -> [UUID] {
        try await rows(
            """
            SELECT id
              FROM domainflow.record_query_performances(
                  p_queries => \(measures.map(\.query))::text[],
                  p_durations_ms => \(measures.map(\.duration.milliseconds))::double precision[],
                  p_rows => \(measures.map(\.rows))::bigint[], p_operation_names => \(measures.map(\.operationName))::text[],
                  p_campaign_ids => \(measures.map(\.campaignID))::uuid[]) AS f (id)
            """
        ) { try $0.get(0) }
    }

    /// Statements that took at least `thresholdMS` milliseconds once in the last `hoursBack` hours, in descending order of total time. The
    /// figures cover all their executions in that period, including quick ones.
    public func slowQueries(thresholdMS: Double = 100, hoursBack: Double = 24, limit: Int = 20) async throws -> [SlowQuery] {
        try await rows(
            """
            SELECT fingerprint, query, calls, total_ms, mean_ms, p95_ms, max_ms, last_seen
              FROM domainflow.get_slow_queries(
                  p_threshold_ms => \(thresholdMS)::double precision, p_hours_back => \(hoursBack)::double precision,
                  p_limit => \(limit)::integer)
            """
        ) {
            SlowQuery(
                fingerprint: try $0.get("fingerprint"), query: try $0.get("query"), calls: try $0.get("calls"),
                totalMS: try $0.get("total_ms"), meanMS: try $0.get("mean_ms"), p95MS: try $0.get("p95_ms"), maxMS: try $0.get("max_ms"),
                lastSeen: try $0.get("last_seen"))
        }
    }

    /// Recommendations for this database, the most severe first: missing, unused and duplicate indexes, scans, slow statements.
    ///
    /// - Parameters:
    ///   - minTableBytes: the size in bytes below which tables get no advice on scans and unused indexes.
    ///   - minStatisticsAge: the age below which statistics say nothing about unused indexes.
    ///   - slowMS: the duration in milliseconds from which a recorded statement counts as slow.
    public func optimizationRecommendations(
        minTableBytes: Int = 10_485_760, minStatisticsAge: PostgresInterval = PostgresInterval(days: 7), slowMS: Double = 100
    ) async throws -> [Recommendation] {
        try await rows(
            """
            SELECT kind, object, severity, evidence, reason, statement
              FROM domainflow.generate_optimization_recommendations(
                  p_min_table_bytes => \(minTableBytes)::bigint, p_min_statistics_age => \(minStatisticsAge)::interval,
                  p_slow_ms => \(slowMS)::double precision)
            """
        ) {
            Recommendation(
                kind: try $0.get("kind"), object: try $0.get("object"), severity: try $0.get("severity"),
                evidence: try $0.get("evidence"), reason: try $0.get("reason"), statement: try $0.get("statement"))
        }
    }

    /// The plan of the latest recorded statement with that fingerprint, or why it is not taken. Nothing is executed. The plan is taken as the
    /// login that recorded the statement, so call it through a connection of that login, with a `statement_timeout` of 60 s at most.
    public func explainQuery(fingerprint: String) async throws -> QueryPlan {
        let lines = try await rows(
            "SELECT outcome, line FROM domainflow.explain_query(p_fingerprint => \(fingerprint)::text)"
        ) { (try $0.get("outcome", as: String.self), try $0.get("line", as: String?.self)) }
        return QueryPlan(outcome: lines.first?.0 ?? "planned", lines: lines.compactMap(\.1))
    }

    /// The statement without the parts that change between executions: `?` replaces literals and parameters, and letters are lower case.
    public func normalizeQuery(_ text: String) async throws -> String {
        try await value("SELECT domainflow.normalize_query(p_query => \(text)::text)")
    }

    /// Sixteen hexadecimal digits, on every server the same for statements with the same ``normalizeQuery(_:)``.
    public func queryFingerprint(_ text: String) async throws -> String {
        try await value("SELECT domainflow.query_fingerprint(p_query => \(text)::text)")
    }
}
