extension PostgresConnection {
    /// Runs the statements that `build` adds and returns their results in order. Throws the first error; its detail says which statement it
    /// was.
    ///
    /// Writing and reading interleave, so neither side waits for the other, however many there are. Results are kept
    /// in memory. Cancelling the task cancels what has not been answered.
    @discardableResult
    public func pipeline(_ build: (inout PostgresPipeline) -> Void) async throws(PostgresError) -> [PostgresResult] {
        var pipeline = PostgresPipeline()
        build(&pipeline)
        return try await self.pipeline(pipeline)
    }

    /// The same with statements that were collected beforehand.
    @discardableResult
    public func pipeline(_ pipeline: PostgresPipeline) async throws(PostgresError) -> [PostgresResult] {
        var results: [PostgresResult] = []
        results.reserveCapacity(pipeline.count)
        for outcome in try await outcomes(of: pipeline) { results.append(try outcome.get()) }
        return results
    }

    /// As `pipeline(_:)`, with an outcome for each statement. One that was skipped because another
    /// in its unit had failed has an error with SQLSTATE 25P02 that says which. A result that came before the error in the
    /// same unit stays a result, though what the statement did is undone. Throws only if there is no connection
    /// to begin with, or the task is cancelled already.
    public func outcomes(
        of pipeline: PostgresPipeline
    ) async throws(PostgresError) -> [Result<PostgresResult, PostgresError>] {
        guard !pipeline.isEmpty else { return [] }
        let run = PipelineRun(pipeline.statements)
        let request = Request(.pipeline(run))
        await perform(request)
        if !run.started, let error = request.error { throw error }
        return run.outcomes(lostBy: request.error)
    }
}
