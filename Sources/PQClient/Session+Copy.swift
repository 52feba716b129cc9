import CLibPQ

// COPY in.
extension Session {
    /// PostgreSQL refuses messages of a gigabyte; smaller ones also bound what libpq keeps twice.
    private static let largestMessage = 16 * 1024 * 1024

    /// Hands bytes to libpq, which sends what it can. False if there is no use in going on.
    func putCopy(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var start = 0
            while start < buffer.count {
                let count = min(buffer.count - start, Self.largestMessage)
                let part = buffer.baseAddress!.advanced(by: start).assumingMemoryBound(to: CChar.self)
                guard PQputCopyData(pg, part, Int32(count)) == 1 else { return false }
                start += count
            }
            return true
        }
    }

    /// Waits until libpq's buffer is empty.
    func awaitWritten(_ continuation: Waiting) {
        writer = continuation
        if flush() { resumeWriter() }
    }

    func resumeWriter() { writer.take()?.resume() }

    /// Ends the data, as failed if there is an `error`, and waits for the answer.
    func finishCopy(_ request: Request, error: String?, _ continuation: Waiting) {
        request.waitAgain(continuation)
        request.copying = false
        guard !state.isClosed else {
            request.fail(PostgresError(.connection, "the connection is closed"))
            return
        }
        if PQputCopyEnd(pg, error) != 1 {
            lose()
            return
        }
        flush()
        // An answer that came before its time has been read already: no event will announce it.
        pump()
    }
}

// COPY out.
extension Session {
    private static let chunkSize = 64 * 1024

    /// The rows that have arrived, as far as they fill one chunk. None: wait.
    func readCopyOut(_ request: Request) -> CopyChunk {
        var chunk = CopyChunk()
        var row: UnsafeMutablePointer<CChar>?
        while request.streaming, chunk.bytes.count < Self.chunkSize {
            let length = PQgetCopyData(pg, &row, 1)
            guard length != 0 else { break }
            guard length > 0, let start = row else {
                request.streaming = false
                break
            }
            chunk.bytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: Int(length)))
            chunk.rowEnds.append(chunk.bytes.count)
            PQfreemem(start)
        }
        return chunk
    }

    /// Reads on, and resumes when more rows have come, or the end.
    func awaitCopyOut(_ request: Request, _ continuation: Waiting) {
        guard !request.answered else {
            continuation.resume()
            return
        }
        request.waitAgain(continuation)
        setReading(true)
        // The end may have been read already; rows have not, or they would have been taken.
        if !request.streaming { pump() }
    }

    /// Rows have come, or may have: whoever waits looks at them, and until then nothing more is read.
    func wakeCopyReader(_ request: Request) {
        setReading(false)
        request.resume()
    }

    /// Nobody wants the rest.
    func abandonCopyOut(_ request: Request) {
        guard !state.isClosed, state.active === request, !request.discarding else { return }
        request.streaming = false
        request.discarding = true
        setReading(true)
        // In a transaction the rest is read and thrown away: a cancel would fail the transaction.
        if !request.startedInTransaction || request.cancelReason != nil {
            cancel(request, reason: .cancelled, message: "the rest of the COPY was not wanted")
        }
        pump()
    }

    /// Throws away what an unwanted COPY TO sends. False if there is more to come.
    func drainCopyOut(_ request: Request) -> Bool {
        guard request.discarding else { return true }
        var line: UnsafeMutablePointer<CChar>?
        while true {
            let length = PQgetCopyData(pg, &line, 1)
            if length > 0 { PQfreemem(line) }
            if length == 0 { return false }
            if length < 0 {
                request.discarding = false
                return true
            }
        }
    }
}
