/// One pipeline on its way through a session.
final class PipelineRun: @unchecked Sendable {
    // @unchecked: the rules of its session apply until its request is answered.
    let statements: [PostgresPipeline.Statement]
    var progress: PipelineProgress<PostgresResult>
    var started = false
    var next = 0
    var isFed = false
    var units = 0
    /// Statements whose PREPARE was sent in this pipeline and is not confirmed yet, and the number of the unit.
    var preparing: [String: (query: PostgresQuery, unit: Int)] = [:]

    init(_ statements: [PostgresPipeline.Statement]) {
        self.statements = statements
        progress = PipelineProgress(count: statements.count)
    }

    /// `error`: why the answers ended early, if they did. A unit whose end was not confirmed may then have been committed or not.
    func outcomes(lostBy error: PostgresError?) -> [Result<PostgresResult, PostgresError>] {
        let lost = error ?? PostgresError(.protocolViolation, "the server did not answer this statement")
        return progress.outcomes.enumerated().map { index, outcome in
            switch outcome {
            case .failure(var failure):
                if failure.sqlState != "25P02" {
                    let place = "statement \(index + 1) of \(statements.count) in the pipeline"
                    failure.detail = [failure.detail, place].compactMap { $0 }.joined(separator: "; ")
                }
                return .failure(failure)
            case .success(let result) where error == nil || index < progress.confirmed: return .success(result)
            default: return .failure(lost)
            }
        }
    }
}
