import CLibPQ

// COPY in.
extension Session {
    /// PostgreSQL refuses messages of a gigabyte; smaller ones also limit what libpq buffers until it is written.
    static let largestMessage = 16 * 1024 * 1024

    /// Hands bytes to libpq as one message, of which it sends what it can. False if it did not take them: the request then has the error,
    /// and the COPY must not end as if they were part of it.
    func putCopy(_ bytes: ArraySlice<UInt8>, _ request: Request) -> Bool {
        do throws(PostgresError) {
            try request.endMarker?.check(bytes)
        } catch {
            request.error = request.error ?? error
            return false
        }
        let taken = bytes.withUnsafeBytes { buffer in
            PQputCopyData(pg, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count)) == 1
        }
        if !taken { request.error = request.error ?? PostgresError(.usage, connection: pg, otherwise: "libpq did not take the data") }
        return taken
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
        guard !queue.isClosed else {
            request.fail(PostgresError(.connection, "the connection is closed"))
            return
        }
        if PQputCopyEnd(pg, error) != 1 {
            lose()
            return
        }
        flush()
        // An early answer has been read already: no event will announce it.
        pump()
    }
}

// COPY out.
extension Session {
    private static let chunkSize = 64 * 1024

    /// The rows that have arrived, up to one chunk. If there are none, the caller has to wait.
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

    /// Throws away what an abandoned COPY TO sends. False if there is more to come.
    func drainCopyOut(_ request: Request) -> Bool {
        guard request.discarding, request.sendsCopy else { return true }
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
