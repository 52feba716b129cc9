import Foundation
import PQClient
import Testing

/// PgBouncer in session mode before the tests' server, taking nothing but TLS: that server listens on a Unix socket, and PostgreSQL has
/// TLS over TCP alone. An address of its own in 127/8 needs no search for a free port.
private enum TLSServer {
    static let folder = "/tmp/dft-\(UInt32.random(in: 0...UInt32.max))"
    private static let address = (0..<3).reduce("127") { address, _ in "\(address).\(UInt8.random(in: 1...250))" }
    private static let lifeline = Pipe()

    private static let script = #"""
        PATH=$PATH:/usr/sbin
        mkdir -m 755 "$1" && cd "$1" || exit
        for name in server other; do
            openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
                -keyout $name.key -out $name.crt
        done
        cat >pgbouncer.ini <<END
        [databases]
        postgres = host=$3 port=5432 user=postgres
        [pgbouncer]
        listen_addr = $2
        listen_port = 6432
        unix_socket_dir =
        auth_type = any
        pool_mode = session
        default_pool_size = 50
        ignore_startup_parameters = extra_float_digits,options
        client_tls_sslmode = require
        client_tls_key_file = $1/server.key
        client_tls_cert_file = $1/server.crt
        END
        # It refuses to run as root; the server's user is the one who may open its socket.
        if [ "$(id -u)" = 0 ]; then
            chown -R "$(stat -c %U "$3")" .
            setpriv --reuid "$(stat -c %u "$3")" --clear-groups pgbouncer -q pgbouncer.ini >log &
        else
            pgbouncer -q pgbouncer.ini >log &
        fi
        # Until the tests end, however they end.
        cat >/dev/null
        kill $!
        rm -rf "$1"
        """#

    static let start: Result<Void, any Error> = Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", script, "sh", folder, address, TestServer.cluster.socketDirectory]
        process.standardInput = lifeline
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    /// A connection string with these options of TLS.
    static func url(_ options: String, host: String = "localhost") -> String {
        "host=\(host) hostaddr=\(address) port=6432 dbname=postgres user=anyone \(options)"
    }

    static func with(_ body: (PostgresConnection) async throws -> Void) async throws {
        try start.get()
        #expect(
            await eventually {
                try await PostgresConnection.connect(url("sslmode=require")).close()
                return true
            })
        let connection = try await PostgresConnection.connect(url("sslmode=require"))
        do { try await body(connection) } catch {
            await connection.close()
            throw error
        }
        await connection.close()
    }
}

@Suite(.timeLimit(.minutes(2)), .disabled(if: TestServer.isPooled, "PgBouncer stands before the tests' own server")) struct TLSTests {
    /// OpenSSL keeps what libpq has no room for, and the socket says nothing of it: these answers end anywhere in a record.
    @Test func answersOfAnySizeArrive() async throws {
        try await TLSServer.with { connection in
            #expect(connection.isEncrypted)
            for size in [0, 1, 8191, 8192, 16383, 16384, 16385, 3_000_000] {
                #expect(try await connection.query("SELECT repeat('x', \(size))").single().get(0, as: String.self).utf8.count == size)
            }
            for width in [1, 100, 1000] {
                let rows = try await connection.query("SELECT i, repeat('x', \(width)) FROM generate_series(1, 5000) i").decode(
                    Int.self, String.self)
                var number = 0
                for (i, text) in rows {
                    number += 1
                    #expect(i == number && text.utf8.count == width)
                }
                #expect(number == 5000)
            }
        }
    }

    @Test func copyAndPipelinesPassBothWays() async throws {
        try await TLSServer.with { connection in
            try await connection.execute("CREATE TEMP TABLE t (i int, s text)")
            let rows = (0..<100_000).lazy.map { CopyText.row([.integer($0), "row \($0)".postgresValue]) }
            #expect(try await connection.copyIn("COPY t FROM STDIN", rows: rows) == 100_000)
            var count = 0
            for try await _ in connection.copyOut("COPY t TO STDOUT").rows { count += 1 }
            #expect(count == 100_000)
            let results = try await connection.pipeline { pipeline in
                for i in 0..<500 { pipeline.add("SELECT \(i), repeat('x', 10000)") }
            }
            #expect(try results.map { try $0.single().get(0, as: Int.self) } == Array(0..<500))
        }
    }

    @Test func cancellingStopsTheStatementAndNotTheConnection() async throws {
        try await TLSServer.with { connection in
            let task = Task { try await connection.query("SELECT pg_sleep(60)") }
            try await Task.sleep(for: .milliseconds(100))
            task.cancel()
            #expect(await failure { try await task.value }?.kind == .cancelled)
            #expect(try await connection.query("SELECT 1").single().get(0, as: Int.self) == 1)
        }
    }

    @Test func theCertificateIsCheckedWhereItIsAskedFor() async throws {
        try await TLSServer.with { _ in }
        func refusal(_ options: String, host: String = "localhost") async -> PostgresError? {
            await failure { try await PostgresConnection.connect(TLSServer.url(options, host: host)).close() }
        }
        let (right, wrong) = ("sslrootcert=\(TLSServer.folder)/server.crt", "sslrootcert=\(TLSServer.folder)/other.crt")
        #expect(await refusal("sslmode=verify-full \(right)") == nil)
        #expect(await refusal("sslmode=verify-ca \(right)", host: "elsewhere") == nil)
        let unknown = await refusal("sslmode=verify-ca \(wrong)")
        #expect(unknown?.kind == .connection && unknown?.message.contains("certificate verify failed") == true)
        let elsewhere = await refusal("sslmode=verify-full \(right)", host: "elsewhere")
        #expect(elsewhere?.kind == .connection && elsewhere?.message.contains("does not match host name \"elsewhere\"") == true)
        #expect(await refusal("sslmode=disable")?.kind == .connection)
    }
}
