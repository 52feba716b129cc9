import CLibPQ
import PQClient
import Testing

@Suite(.timeLimit(.minutes(2))) struct ConnectionSettingsTests {
    /// What libpq reads in a connection string.
    private func read(_ conninfo: String) throws -> [String: String] {
        let options = try #require(PQconninfoParse(conninfo, nil))
        defer { PQconninfoFree(options) }
        var found: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { found[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return found
    }

    @Test func libpqReadsEachPart() throws {
        var settings = ConnectionSettings()
        #expect(settings.conninfo.isEmpty)
        settings.hosts = [.init("a", port: 5433), .init("/run/postgresql")]
        settings.database = "it's"
        settings.user = #"back\slash "quoted""#
        settings.password = " p'\\' "
        settings.tls = .verifyFull
        settings.rootCertificate = "system"
        settings.connectTimeout = .milliseconds(1500)
        settings.target = .readWrite
        settings.others = ["keepalives_idle": "30"]
        #expect(
            try read(settings.conninfo) == [
                "host": "a,/run/postgresql", "port": "5433,", "dbname": "it's", "user": #"back\slash "quoted""#, "password": " p'\\' ",
                "sslmode": "verify-full", "sslrootcert": "system", "connect_timeout": "2", "target_session_attrs": "read-write",
                "keepalives_idle": "30",
            ])
    }

    @Test func theyComeFromTextsByKey() throws {
        let given = [
            "host": "a,b", "port": "1,2", "database": "shop", "user": "u", "tls": "verify-ca", "connectTimeout": "0.5", "target": "any",
            "service": "s",
        ]
        let settings = try ConnectionSettings { given[$0] }
        #expect(settings.hosts == [.init("a", port: 1), .init("b", port: 2)] && settings.tls == .verifyCA)
        #expect(settings.connectTimeout == .milliseconds(500) && settings.service == "s" && settings.password == nil)
        #expect(try ConnectionSettings { ["port": "6432"][$0] }.conninfo == "port='6432'")
        let wrong = [("port", "x"), ("port", "1,2"), ("tls", "maybe"), ("connectTimeout", "-1"), ("target", "x"), ("port", "70000")]
        for (key, value) in wrong {
            let error = #expect(throws: PostgresError.self) { try ConnectionSettings { $0 == key ? value : nil } }
            #expect(error?.kind == .usage && error?.message.contains(key) == true)
        }
    }

    @Test func aConnectionIsMadeWithThem() async throws {
        let parts = try read(TestServer.url)
        let keys = ["host": "host", "port": "port", "database": "dbname", "user": "user"]
        let settings = try ConnectionSettings { keys[$0].flatMap { parts[$0] } }
        let database = try await TestServer.with(settings.conninfo) {
            try await $0.query("SELECT current_database()").single().get(0, as: String.self)
        }
        #expect(database == parts["dbname"])
    }
}
