import Testing

@testable import PQClient

@Suite struct ConninfoTests {
    @Test(arguments: [
        (
            "postgresql://ada:s%20e'c@db:5433/shop?sslmode=require",
            "user='ada' dbname='shop' host='db' port='5433' sslmode='require'", "s e'c"
        ),
        (#"host=/tmp options='-c a=it\'s\\b'"#, #"host='/tmp' options='-c a=it\'s\\b'"#, nil), ("", "", nil),
    ])
    func aPasswordStandsAlone(conninfo: String, text: String, password: String?) throws {
        let read = try PostgresConninfo(conninfo)
        #expect(read.text == text && read.password == password)
    }

    @Test func whatIsNoConnectionStringIsAnError() {
        #expect(throws: PostgresError.self) { try PostgresConninfo("host") }
        #expect(throws: PostgresError.self) { try PostgresConninfo("postgresql://db/?nonsense=1") }
    }
}
