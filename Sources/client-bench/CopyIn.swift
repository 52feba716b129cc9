import ArgumentParser
import Foundation
import PQClient

/// Loads a file in COPY's text format into a table, as `\copy` does.
struct CopyIn: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "copy", abstract: "Loads a file with COPY FROM STDIN.")

    @OptionGroup var server: ServerOption
    @Option var table: String
    @Option var file: String

    private struct Report: Encodable {
        var rows: Int
    }

    func run() async throws {
        let (table, file) = (table, file)
        let connection = try await PostgresConnection.connect(server.url, applicationName: "client-bench")
        let rows = try await connection.run { connection in
            let chunks = try FileChunks(path: file)
            return try await connection.copyIn("COPY \(table) FROM STDIN", chunks: chunks)
        }
        await connection.close()
        try Report(rows: rows).printJSON()
    }
}

/// A file in pieces of 64 KiB.
private final class FileChunks: Sequence, IteratorProtocol {
    private let descriptor: Int32

    init(path: String) throws {
        descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }

    deinit { close(descriptor) }

    func next() -> [UInt8]? {
        let chunk = [UInt8](unsafeUninitializedCapacity: 64 * 1024) { buffer, count in
            count = Swift.max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        return chunk.isEmpty ? nil : chunk
    }
}
