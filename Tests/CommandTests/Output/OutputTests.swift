import ArgumentParser
import PQClient
import Testing

@testable import domainflow

@Suite struct OutputTests {
    @Test func numbersReadWell() {
        #expect(OutputFormat.count(0) == "0" && OutputFormat.count(999) == "999")
        #expect(OutputFormat.count(1_234_567) == "1,234,567" && OutputFormat.count(-1000) == "-1,000")
        #expect([0, 0.123, 12.34, 123.4, 1234.5, -5].map(OutputFormat.number) == ["0", "0.12", "12.3", "123", "1,235", "-5.00"])
        #expect(OutputFormat.number(.nan) == "-" && OutputFormat.number(1e300) == "1e+300")
        let times = [0.00085, 0.0123, 4.5, 192, 7500, .infinity].map { OutputFormat.duration(seconds: $0) }
        #expect(times == ["850 us", "12.3 ms", "4.50 s", "3 min 12 s", "2 h 05 min", "-"])
        #expect(OutputFormat.duration(.milliseconds(20)) == "20.0 ms")
        let sizes = [0, 1023, 1536, 5 << 20, 3 << 40].map { OutputFormat.bytes($0) }
        #expect(sizes == ["0 bytes", "1,023 bytes", "1.50 kB", "5.00 MB", "3.00 TB"])
    }

    @Test func sparklinesScale() {
        #expect(OutputFormat.sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█")
        #expect(OutputFormat.sparkline([5, 5, .nan]) == "▁▁ ")
        #expect(OutputFormat.sparkline([]) == "" && OutputFormat.sparkline([.nan]) == "")
    }

    @Test func tablesAlign() {
        var table = OutputTable(["name", "calls>", "note"])
        #expect(table.isEmpty)
        table.add(["a", "1"])
        table.add(["longer", "1,000", "x", "too many"])
        #expect(table.render(indent: " ") == " name    calls  note\n ------  -----  ----\n a           1\n longer  1,000  x\n")
    }

    @Test func errorsHaveTheirExitCodes() {
        #expect(Output.status(of: PostgresError(.connection, "x")) == .database)
        #expect(Output.status(of: PostgresError(.timeout, "x")) == .lockOrTimeout)
        #expect(Output.status(of: PostgresError(.server, "x", sqlState: "55P03")) == .lockOrTimeout)
        let error = PostgresError(.server, "no", sqlState: "22012", detail: "why", context: "one\ntwo")
        #expect(Output.message(of: error) == "no (SQLSTATE 22012)\n  detail: why\n  context: one\n           two")
        let wrong = PostgresError(.server, "no", sqlState: "DF201", context: "PL/pgSQL function f()")
        #expect(Output.status(of: wrong) == .badInput && Output.message(of: wrong) == "no (SQLSTATE DF201)")
        #expect(Output.message(of: PostgresError(.connection, "no\n\tIs it running?")) == "no\n  Is it running?")
        #expect(ExitStatus.badInput.code == ExitCode(2))
    }

    @Test func theNamedDatabaseComesFirst() throws {
        func resolve(_ arguments: [String], _ environment: [String: String]) throws -> String {
            try ConnectionOptions.parse(arguments).resolve(environment: environment) { "private" }
        }
        let everything = ["DATABASE_URL": "url", "PGHOST": "h"]
        #expect(try resolve(["--database-url", "flag"], everything) == "flag")
        #expect(try resolve([], everything) == "url")
        #expect(try resolve([], ["PGSERVICE": "s"]) == "")
        #expect(try resolve([], ["PGHOST": "", "DATABASE_URL": "", "PGPASSWORD": "x"]) == "private")
        #expect(try resolve(["--database-url", "postgres://h/x"], everything) == "postgres://h/x")
        let error = #expect(throws: CommandFailure.self) { try resolve([], ["DATABASE_URL": "mysql://h/x"]) }
        #expect(error?.message == "DATABASE_URL begins with mysql://, which is not PostgreSQL's")
    }

    @Test func progressCountsWithoutATerminal() {
        let progress = OutputProgress("testing", total: 10, unit: "rows", live: false)
        progress.update(10, total: 20, note: "half")
        #expect(progress.finish()?.hasPrefix("testing: 10 rows in ") == true)
        #expect(progress.finish() == nil)
        let resumed = OutputProgress("testing", total: 10, unit: "rows", live: false)
        resumed.update(8, already: 5)
        #expect(resumed.finish()?.hasPrefix("testing: 3 rows in ") == true, "what was done before is not this run's")
    }

    @Test func wrongArgumentsAreUsageErrors() {
        #expect(throws: (any Error).self) { try DevStart.parse(["--set", "novalue"]) }
        #expect((try? DevStart.parse(["--set", "a=b=c", "--set", "d="]))?.settings == ["a=b=c", "d="])
        #expect((try? DevStop.parse(["--mode", "immediate"]))?.mode.value == .immediate)
    }
}
