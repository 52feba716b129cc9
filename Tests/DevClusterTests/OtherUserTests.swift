import Foundation
import TestSupport
import Testing

@testable import DevCluster

/// What differs between root and ordinary users.
@Suite struct OtherUserTests {
    static let isRoot = geteuid() == 0

    /// The command that was built along with the tests, if it is there.
    static let command: String? = {
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let path = bundle.appendingPathComponent("domainflow").path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }()

    @Test(.enabled(if: isRoot)) func rootsServerRunsAsSomebodyElse() async throws {
        let cluster = try await blocking { try DevCluster.temporary() }
        guard case .running(let pid) = cluster.status else {
            Issue.record("not running")
            return
        }
        var info = stat()
        #expect(stat("/proc/\(pid)", &info) == 0 && info.st_uid != 0)
        #expect(stat(cluster.dataDirectory, &info) == 0 && info.st_uid != 0)
        try cluster.stop()
    }

    @Test(.enabled(if: isRoot)) func dataGoesWhereTheServersUserCanReachIt() async throws {
        try await withDirectory { directory in
            let closed = directory.appendingPathComponent("closed")
            try FileManager.default.createDirectory(
                at: closed, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            let said = Lines()
            let cluster = DevCluster(directory: closed.appendingPathComponent(".domainflow"), settings: small, report: said.add)
            try cluster.start()
            #expect(cluster.dataDirectory.hasPrefix("/var/tmp/domainflow-"))
            #expect(said.all.contains { $0.contains("cannot reach") })
            #expect(try cluster.ask("SELECT 1") == "1")
            let data = cluster.dataDirectory
            try cluster.reset()
            #expect(!FileManager.default.fileExists(atPath: data))
        }
    }

    /// As root by way of setpriv, otherwise as the current user.
    @Test(.enabled(if: command != nil)) func theCommandWorksForAnOrdinaryUser() async throws {
        try await withDirectory { directory in
            let program = directory.appendingPathComponent("domainflow").path
            // By another process: a process spawned while we have the file open for writing would keep it busy.
            try output(of: "/bin/cp", [#require(Self.command), program])
            let home = directory.appendingPathComponent("home")
            try FileManager.default.createDirectory(at: home, withIntermediateDirectories: false)
            var prefix = ["/usr/bin/env"]
            if Self.isRoot {
                let nobody = try #require(getpwnam("nobody")).pointee
                #expect(chown(home.path, nobody.pw_uid, nobody.pw_gid) == 0)
                prefix = ["/usr/bin/setpriv", "--reuid=\(nobody.pw_uid)", "--regid=\(nobody.pw_gid)", "--clear-groups", "--"]
            }
            func run(_ arguments: String...) throws -> String {
                try output(of: prefix[0], prefix.dropFirst() + [program, "dev"] + arguments, in: home)
            }
            #expect(try run("start", "--set", "shared_buffers=16MB").contains("started: postgresql:///domainflow?host="))
            defer { _ = try? run("stop", "--mode", "immediate") }
            #expect(try run("start").contains("already running"))
            #expect(try run("psql", "-XAtc", "SELECT 1") == "1")
            #expect(try run("psql", "-d", "postgres", "-XAtc", "SELECT current_database()") == "postgres")
            #expect(try run("status").contains("running, pid"))
            #expect(try run("status", "--json").contains("\"state\" : \"running\""))
            #expect(try run("stop") == "stopped")
            #expect(throws: CommandError.self, "nobody can be asked") { try run("reset") }
            #expect(try run("reset", "--yes").contains("deleting"))
            #expect(throws: CommandError.self) { try run("status") }
        }
    }

    /// The directory of another user is not touched.
    @Test func strangersDirectoriesAreRefused() async throws {
        let stranger = Self.isRoot ? try #require(getpwnam("nobody")).pointee.pw_uid : 0
        try await withDirectory { directory in
            let theirs = Self.isRoot ? directory.appendingPathComponent("x") : URL(fileURLWithPath: "/etc")
            if Self.isRoot {
                try FileManager.default.createDirectory(at: theirs, withIntermediateDirectories: false)
                #expect(chown(theirs.path, stranger, stranger) == 0)
            }
            #expect(refusal { try DevCluster(directory: theirs).start() }?.message.contains("belongs to another user") == true)
        }
    }

    @Test(.enabled(if: isRoot)) func aFullDiskIsNamed() async throws {
        try await withDirectory { directory in
            let small = directory.appendingPathComponent("small").path
            try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: false)
            // Some containers do not even let root mount.
            guard (try? output(of: "/usr/bin/mount", ["-t", "tmpfs", "-o", "size=20m", "tmpfs", small])) != nil else { return }
            defer { _ = try? output(of: "/usr/bin/umount", [small]) }
            let cluster = DevCluster(directory: URL(fileURLWithPath: small + "/.domainflow"))
            let error = refusal { try cluster.start() }
            #expect(error?.message.contains("no space left") == true && error?.hint?.contains("make room") == true)
            #expect(cluster.status == .absent)
        }
    }

    @Test func aServerOfTheSameVersionIsLookedFor() throws {
        let user = try ClusterUser.current()
        let child = ChildProcess(user: user, directory: "/")
        let found = try ServerPrograms.find(named: nil, major: nil, child: child)
        #expect(found.majorVersion >= 14 && found.version.hasPrefix(String(found.majorVersion)))
        #expect(throws: DevClusterError.self) { try ServerPrograms.find(named: nil, major: 9, child: child) }
        #expect(try child.run(["/bin/sh", "-c", "cat; exit 3"], input: "hello").output == "hello")
        #expect(try child.run(["/bin/sh", "-c", "kill -9 $$"]).status == 137)
        #expect(try child.run(["/nonexistent"]).succeeded == false)
    }
}
