import Foundation
import TestSupport
import Testing

@testable import DevCluster

@Suite struct DevClusterTests {
    @Test func temporaryOnesComeAndGo() async throws {
        let cluster = try await blocking { try DevCluster.temporary(settings: ["work_mem": "5MB", "application_name": "it's"]) }
        #expect(cluster.isRunning)
        #expect(try cluster.ask("SELECT current_user || ' ' || current_database()") == "postgres domainflow")
        #expect(try cluster.ask("SHOW work_mem") == "5MB")
        #expect(try cluster.ask("SHOW listen_addresses") == "")
        #expect(try cluster.start() == false)
        #expect(mode(cluster.socketDirectory) == 0o700 && mode(cluster.dataDirectory) == 0o700)
        try cluster.stop()
        #expect(!FileManager.default.fileExists(atPath: cluster.directory.path))
        #expect(cluster.status == .absent)
    }

    @Test func dataOutlivesStopRestartAndKill() async throws {
        try await withDirectory { directory in
            let cluster = DevCluster(directory: directory, settings: small)
            #expect(cluster.status == .absent)
            #expect(try cluster.start())
            try cluster.ask("CREATE TABLE t AS SELECT 7 AS i")
            for mode in DevCluster.StopMode.allCases {
                try cluster.stop(mode)
                #expect(cluster.status == .stopped)
                try cluster.stop(mode)
                try cluster.start()
                #expect(try cluster.ask("SELECT i FROM t") == "7")
            }
            try cluster.restart()
            try cluster.kill9()
            #expect(cluster.status == .stopped)
            #expect(throws: DevClusterError.self) { try cluster.kill9() }
            try cluster.restart()
            #expect(try cluster.ask("SELECT i FROM t") == "7")
            try cluster.reset()
            #expect(cluster.status == .absent)
            try cluster.reset()
        }
    }

    @Test func backendsWithoutAPostmasterAreEnded() async throws {
        try await withDirectory { directory in
            let cluster = DevCluster(directory: directory, settings: small)
            try cluster.start()
            // Computes without checking its socket, so it does not notice that its postmaster is gone.
            try cluster.send("SELECT sum(sqrt(i)) FROM generate_series(1, 2000000000) i")
            let server = ServerProcess(dataDirectory: cluster.dataDirectory)
            while try cluster.ask("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT sum(sqrt%'") != "1" { usleep(20_000) }
            try cluster.kill9()
            #expect(!server.survivors().isEmpty)
            try cluster.start()
            #expect(try cluster.ask("SELECT 1") == "1")
            try cluster.stop()
        }
    }

    @Test func aPidFileProvesNothing() async throws {
        try await withDirectory { directory in
            let cluster = DevCluster(directory: directory, settings: small)
            try cluster.start()
            let file = cluster.dataDirectory + "/postmaster.pid"
            let original = try String(contentsOfFile: file, encoding: .utf8)
            try cluster.kill9()
            // The id now belongs to another program (this one), or to none.
            for pid in [getpid(), 999_999] {
                let lines = original.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
                try (["\(pid)"] + lines).joined(separator: "\n").write(toFile: file, atomically: false, encoding: .utf8)
                #expect(cluster.status == .stopped)
                #expect(try cluster.start())
                #expect(try cluster.ask("SELECT 1") == "1")
                try cluster.kill9()
            }
            try "".write(toFile: file, atomically: false, encoding: .utf8)
            #expect(try cluster.start())
            try cluster.stop()
        }
    }

    @Test func halfMadeDataIsMadeAnew() async throws {
        try await withDirectory { directory in
            let said = Lines()
            let cluster = DevCluster(directory: directory, settings: small, report: said.add)
            try cluster.start()
            try cluster.stop()
            // As if the machine had gone down during initdb.
            try FileManager.default.removeItem(atPath: directory.path + "/cluster/complete")
            try FileManager.default.removeItem(atPath: cluster.dataDirectory + "/global")
            #expect(cluster.status == .incomplete)
            try cluster.start()
            #expect(said.all.contains { $0.contains("half-made") })
            #expect(try cluster.ask("SELECT 1") == "1")
            try cluster.stop()
        }
    }

    @Test func oneOfManyStartsWins() async throws {
        try await withDirectory { directory in
            let wins = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try await blocking { try DevCluster(directory: directory, settings: small).start() }
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(wins == 1)
            let cluster = DevCluster(directory: directory)
            #expect(try cluster.ask("SELECT 1") == "1")
            try cluster.stop()
        }
    }

    @Test func aLongPathPutsTheSocketElsewhere() async throws {
        try await withDirectory { directory in
            let long = directory.appendingPathComponent(String(repeating: "ä", count: 60))
            let said = Lines()
            let cluster = DevCluster(directory: long, settings: small, report: said.add)
            try cluster.start()
            #expect(cluster.socketDirectory.hasPrefix("/tmp/domainflow-"))
            #expect(said.all.contains { $0.contains("socket goes to") })
            #expect(mode(cluster.socketDirectory) == 0o700)
            #expect(try cluster.ask("SELECT 1") == "1")
            // Read from the file, not derived again.
            #expect(DevCluster(directory: long).isRunning)
            let socket = cluster.socketDirectory
            try cluster.reset()
            #expect(!FileManager.default.fileExists(atPath: socket))
        }
    }

    @Test func oddPathsAreEscaped() async throws {
        try await withDirectory { directory in
            let cluster = DevCluster(directory: directory.appendingPathComponent("a b,c'd%20\"&"), settings: small)
            try cluster.start()
            #expect(try cluster.ask("SELECT 1") == "1")
            try cluster.reset()
        }
    }

    @Test func settingsAreKeptAndBadOnesDoNotStay() async throws {
        try await withDirectory { directory in
            var settings = small
            settings["work_mem"] = "6MB"
            let cluster = DevCluster(directory: directory, settings: settings)
            try cluster.start()
            try cluster.stop()
            settings["work_mem"] = "lots"
            let error = refusal { try DevCluster(directory: directory, settings: settings).start() }
            #expect(error?.output?.contains("work_mem") == true && error?.description.contains("did not start") == true)
            #expect(throws: DevClusterError.self) { try DevCluster(directory: directory, settings: ["a b": "c"]).start() }
            let said = Lines()
            let plain = DevCluster(directory: directory, report: said.add)
            try plain.start()
            #expect(try plain.ask("SHOW work_mem") == "6MB")
            let other = DevCluster(directory: directory, settings: ["work_mem": "7MB"], report: said.add)
            #expect(try other.start() == false)
            #expect(said.all.contains { $0.contains("restart") })
            try other.restart()
            #expect(try plain.ask("SHOW work_mem") == "7MB")
            try plain.stop()
        }
    }

    @Test func wrongProgramsAreNamed() async throws {
        try await withDirectory { directory in
            let none = refusal { try DevCluster(directory: directory, pgBindir: directory).start() }
            #expect(none?.message.contains("holds no PostgreSQL server") == true)
            let cluster = DevCluster(directory: directory, settings: small)
            // The files that tell the major version of the data.
            try FileManager.default.createDirectory(atPath: cluster.dataDirectory, withIntermediateDirectories: true)
            for file in ["data/PG_VERSION", "complete"] {
                try "13\n".write(toFile: directory.path + "/cluster/" + file, atomically: false, encoding: .utf8)
            }
            let other = refusal { try cluster.start() }
            #expect(other?.message.contains("made by PostgreSQL 13") == true && other?.hint?.contains("dev reset") == true)
        }
    }

    @Test func aDamagedNoteIsNamed() async throws {
        try await withDirectory { directory in
            try "{".write(toFile: directory.path + "/cluster.json", atomically: false, encoding: .utf8)
            #expect(refusal { try DevCluster(directory: directory).start() }?.message.contains("cluster.json is damaged") == true)
        }
    }

    @Test func errorsReadWell() {
        let error = DevClusterError("it failed", hint: "do this", output: "one\ntwo")
        #expect(error.description == "it failed\n  | one\n  | two\n  hint: do this")
        #expect(ClusterFiles.failure("x", ENOSPC, near: "/tmp/not/there").message.contains("no space left"))
        #expect(ClusterFiles.failure("x", EACCES, near: "/tmp").message.contains("Permission denied"))
    }
}
