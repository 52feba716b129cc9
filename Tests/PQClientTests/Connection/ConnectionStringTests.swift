import CLibPQ
import DevCluster
import Foundation
import TestSupport
import Testing

@testable import PQClient

@Suite(.timeLimit(.minutes(3))) struct ConnectionStringTests {
    /// Whatever this libpq has as an option may stand in a connection string, with the value that it has without.
    @Test func everyOptionOfLibpqIsTaken() async throws {
        var names: [String] = []
        let options = try #require(PQconndefaults())
        defer { PQconninfoFree(options) }
        var option = options
        while let keyword = option.pointee.keyword {
            let name = String(cString: keyword)
            names.append(name)
            if let value = option.pointee.val.map({ String(cString: $0) }), !["host", "port", "user", "dbname"].contains(name) {
                let quoted = value.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
                let connection = try await PostgresConnection.connect(keywords("\(name)='\(quoted)'"))
                #expect(try await connection.query("SELECT 1").rowCount == 1, "\(name)")
                await connection.close()
            }
            option += 1
        }
        #expect(names.count > 30 && names.contains("sslmode") && names.contains("target_session_attrs"))
    }

    @Test(.needsSession("the pooler ignores what a connection string sets for its session"))
    func settingsOfTheSessionReachTheServer() async throws {
        let connection = try await PostgresConnection.connect(keywords("options='-c work_mem=123kB'"))
        #expect(try await connection.query("SHOW work_mem").single().text(0) == "123kB")
        await connection.close()
    }

    private func keywords(_ more: String) throws -> String {
        var message: UnsafeMutablePointer<CChar>?
        let options = try #require(PQconninfoParse(TestServer.url, &message))
        defer { PQconninfoFree(options) }
        var pairs: [String] = []
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { pairs.append("\(String(cString: keyword))='\(String(cString: value))'") }
            option += 1
        }
        return (pairs + [more]).joined(separator: " ")
    }

    @Test func theNextHostIsTakenWhenOneIsGoneOrOfTheWrongKind() async throws {
        let replica = try await blocking { try DevCluster.temporary(settings: ["default_transaction_read_only": "on"]) }
        defer { try? replica.stop(.immediate) }
        func hosts(_ urls: String...) throws -> String {
            var hosts: [String] = []
            var ports: [String] = []
            var rest: [String] = []
            for url in urls {
                let options = try #require(PQconninfoParse(url, nil))
                defer { PQconninfoFree(options) }
                rest = []
                var option = options
                while let keyword = option.pointee.keyword {
                    if let value = option.pointee.val.map({ String(cString: $0) }) {
                        switch String(cString: keyword) {
                        case "host": hosts.append(value)
                        case "port": ports.append(value)
                        case let name: rest.append("\(name)='\(value)'")
                        }
                    }
                    option += 1
                }
            }
            let list = ["host='/nonexistent,\(hosts.joined(separator: ","))'"]
            return (list + (ports.isEmpty ? [] : ["port='5432,\(ports.joined(separator: ","))'"]) + rest).joined(separator: " ")
        }
        let both = try hosts(replica.url, TestServer.directURL)
        func isReadOnly(_ attributes: String) async throws -> String? {
            let connection = try await PostgresConnection.connect("\(both) target_session_attrs=\(attributes)")
            defer { Task { await connection.close() } }
            return try await connection.query("SHOW default_transaction_read_only").single().text(0)
        }
        #expect(try await isReadOnly("any") == "on")
        #expect(try await isReadOnly("read-write") == "off")
        #expect(try await isReadOnly("read-only") == "on")
        try replica.stop(.immediate)
        #expect(try await isReadOnly("any") == "off")
        #expect(await failure { try await isReadOnly("read-only") }?.kind == .connection)
    }
}
