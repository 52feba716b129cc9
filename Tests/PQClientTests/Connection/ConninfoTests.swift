import Testing

@testable import PQClient

@Suite struct ConninfoTests {
    @Test func otherProgramsConnectAlike() throws {
        #expect(
            try PostgresConninfo.environment(of: "postgresql://ada:s%20e'c@db:5433/shop?sslmode=require&keepalives=0")
                == ["PGUSER": "ada", "PGPASSWORD": "s e'c", "PGHOST": "db", "PGPORT": "5433", "PGDATABASE": "shop", "PGSSLMODE": "require"])
        #expect(
            try PostgresConninfo.environment(of: #"host=/tmp service=a options='-c a=it\'s\\b'"#)
                == ["PGHOST": "/tmp", "PGSERVICE": "a", "PGOPTIONS": #"-c a=it's\b"#])
        #expect(try PostgresConninfo.environment(of: "").isEmpty)
    }

    @Test func whatIsNoConnectionStringIsAnError() {
        #expect(throws: PostgresError.self) { try PostgresConninfo.environment(of: "host") }
        #expect(throws: PostgresError.self) { try PostgresConninfo.environment(of: "postgresql://db/?nonsense=1") }
    }
}
