import Foundation
import Testing

@testable import RaceLab

private let minimal = """
    # Increments are never lost.
    # Two lines of story.
    connections 8
    rows 4
    isolation "repeatable read"
    setup { CREATE TABLE t (id int, j jsonb DEFAULT '{"a": {"b": 1}}') }
    teardown { DROP TABLE t }
    operation "take one" weight 3 clients 2 let k = random(1, rows) let twice = k peek 5 held into spent capture held expect "DF304", "DF305" {
        SELECT :k::int, :held.id::bigint[], ':k', :random(1, 9) -- :k
    }
    operation keep capture held { BEGIN; SELECT 1; COMMIT; }
    invariant none { SELECT 1 WHERE false }
    check serializable, "repeatable read"
    check linearizable
    tally "rows" { SELECT 1, 1 }
    mutant "no lock" in domainflow.claim_jobs replace 'SKIP LOCKED' with '' replace $$it's$$ with "its" in f replace 'a' with 'b'
    mutant unindexed { DROP INDEX i }
    harmless "lock more" in f replace 'NO KEY' with ''
    harmless reindexed { CREATE INDEX i ON t (id) }
    """

private func parse(_ text: String) throws(ScenarioError) -> Scenario {
    try Scenario(name: "test", file: "test.spec", text: text)
}

struct ScenarioParserTests {
    @Test func readsEveryPart() throws {
        let scenario = try parse(minimal)
        #expect(scenario.summary == "Increments are never lost. Two lines of story.")
        #expect(scenario.connections == 8 && scenario.rows == 4 && scenario.isolation == "repeatable read")
        #expect(scenario.setups == [#"CREATE TABLE t (id int, j jsonb DEFAULT '{"a": {"b": 1}}')"#])
        #expect(scenario.teardowns == ["DROP TABLE t"])
        #expect(scenario.operations.map(\.name) == ["take one", "keep"])
        let operation = scenario.operations[0]
        #expect(operation.weight == 3 && operation.clients == 2 && operation.expected == ["DF304", "DF305"])
        #expect(operation.input == .init(list: "held", limit: 5, takes: false))
        #expect(operation.into == "spent" && operation.capture == "held")
        #expect(scenario.operations[1].template.statements.map(\.sql) == ["BEGIN", "SELECT 1", "COMMIT"])
        #expect(scenario.invariants.map(\.name) == ["none"] && scenario.tallies.map(\.name) == ["rows"])
        #expect(scenario.checks == [.isolation(.serializable), .isolation(.repeatableRead), .linearizable])
        #expect(try parse("operation x { SELECT 1 } check versions").checks == [.versions])
        guard case .replace(let changes) = scenario.mutants[0].change else { throw Unexpected() }
        #expect(changes.map(\.function) == ["domainflow.claim_jobs", "domainflow.claim_jobs", "f"])
        #expect(changes.map(\.text) == ["SKIP LOCKED", "it's", "a"] && changes.map(\.with) == ["", "its", "b"])
        guard case .script("DROP INDEX i") = scenario.mutants[1].change else { throw Unexpected() }
        #expect(scenario.harmless.map(\.name) == ["lock more", "reindexed"])
        guard case .replace([.init(function: "f", text: "NO KEY", with: "")]) = scenario.harmless[0].change else { throw Unexpected() }
        guard case .script("CREATE INDEX i ON t (id)") = scenario.harmless[1].change else { throw Unexpected() }
    }

    @Test func leavesLiteralsCommentsAndCastsAlone() throws {
        let statement = try parse(minimal).operations[0].template.statements[0]
        #expect(statement.sql == "SELECT $1::int, $2::bigint[], ':k', $3 -- :k")
        #expect(statement.variables == [.name("k"), .field(list: "held", column: "id"), .random(.number(1), .number(9))])
    }

    @Test func oneVariableIsOneParameterButEachRandomDrawsAnew() throws {
        let template = try SQLTemplate(
            "SELECT :client, :client, :random(1,:rows), :random(1,rows), $q$ ; :client $q$, 'a;b', E'\\';', a := 1 /* ; /* :x */ */",
            scope: .init(names: ["client", "rows"]))
        #expect(template.statements.count == 1)
        #expect(template.statements[0].sql.hasPrefix("SELECT $1, $1, $2, $3, $q$ ; :client $q$, 'a;b', E'\\';', a := 1"))
    }

    @Test(arguments: [
        ("bogus { }", "test.spec:1:1: expected connections, rows"),
        ("setup SELECT 1", "test.spec:1:7: setup needs a { block }, found 'SELECT'"),
        ("\nsetup { SELECT 1", "test.spec:2:7: this block has no closing }"),
        ("connections 0", "test.spec:1:13: 'connections' needs a number above 0"),
        ("isolation \"snapshot\"", "test.spec:1:11: expected \"read committed\""),
        ("operation x weight { SELECT 1 }", "test.spec:1:20: 'weight' needs a number above 0, found a { block }"),
        ("operation x bogus { SELECT 1 }", "test.spec:1:13: expected weight, clients"),
        ("operation x {\n  SELECT :nope\n}", "test.spec:2:11: unknown variable ':nope'"),
        ("operation x { SELECT :nope }", "test.spec:1:23: unknown variable ':nope'"),
        ("operation x { SELECT :random(1) }", "test.spec:1:23: random(low, high) needs two bounds"),
        ("operation x { SELECT :random(1, y) }", "test.spec:1:23: random() takes numbers or known names; 'y' is neither"),
        ("operation x { SELECT :random(1, 2 }", "test.spec:1:23: random(low, high) needs a closing parenthesis"),
        ("operation x take held { SELECT :held. }", "test.spec:1:33: ':held.' needs the name of a captured column"),
        ("operation x { }", "test.spec:1:13: operation 'x' does nothing"),
        ("operation x into y { SELECT 1 }", "'into' keeps rows that 'take' or 'peek' chose"),
        ("operation x take a peek b { SELECT 1 }", "test.spec:1:20: an operation uses one list"),
        ("operation x let client = 1 { SELECT 1 }", "'client' is already defined"),
        ("operation x let y = \"a\" { SELECT 1 }", "expected a number, random(low, high) or one of"),
        ("operation x let y 1 { SELECT 1 }", "test.spec:1:19: expected '=', found 1"),
        ("operation x expect \"DF1\" { SELECT 1 }", "expected a five-character \"SQLSTATE\""),
        ("mutant m in f put 'a'", "test.spec:1:15: expected 'replace', found 'put'"),
        ("mutant m in f replace a", "expected the text to replace in quotes"),
        ("mutant m in 5", "expected the function's name, found 5"),
        ("mutant 'm", "this string has no closing '"),
        ("mutant m in f replace 'a' with 'a'", "test.spec:1:23: this replacement changes nothing"),
        ("mutant m in f replace '' with 'a'", "test.spec:1:23: this replacement changes nothing"),
        ("harmless { }", "test.spec:1:10: expected the harmless change's name, found a { block }"),
        ("harmless m in f put 'a'", "test.spec:1:17: expected 'replace', found 'put'"),
        ("operation x { SELECT 1 } invariant i { SELECT 1 } mutant m { SELECT 1 } harmless m { SELECT 1 }", "'m' is defined twice"),
        ("mutant m in f replace $x$ a", "this string has no closing $x$"),
        ("operation x { SELECT 1 }", "a scenario needs at least one invariant or check"),
        (
            "check nothing",
            "test.spec:1:7: expected one of \"read uncommitted\", \"read committed\", \"repeatable read\", serializable, versions,"
        ),
        ("check versions, { }", "test.spec:1:17: expected a check, found a { block }"),
        ("operation x { SELECT 1 } check versions, linearizable check versions", "'versions' is defined twice"),
        ("invariant x { SELECT 1 }", "a scenario needs at least one operation or session"),
        ("operation x { SELECT 1 } operation x { SELECT 2 } invariant i { SELECT 1 }", "'x' is defined twice"),
        ("operation x take held { SELECT 1 } invariant i { SELECT 1 }", "needs rows of 'held', but nothing captures any"),
        ("session a", "session 'a' needs a step, found the end of the file"),
        ("session a setup { SELECT 1 } step { SELECT 1 }", "test.spec:1:35: expected the step's name, found a { block }"),
        ("session a step x { SELECT 1 } session b step x { SELECT 1 }", "'x' is defined twice"),
        ("session a step x { SELECT 1 } permutation", "a permutation names its steps, found the end"),
        ("session a step x { SELECT 1 } permutation x y", "test.spec:1:45: there is no step 'y'"),
        ("session a step x { SELECT 1 } step y { SELECT 1 } permutation x(y) y", "step 'x' cannot wait for a step of its own session"),
        ("session a step x { SELECT 1 } permutation x(z)", "test.spec:1:45: no step 'z' in this permutation to wait for"),
        ("session a step x { SELECT 1 } permutation x(* *)", "test.spec:1:47: expected ')', found '*'"),
        ("session a step x { SELECT 1 } permutation x(x notices y)", "'notices' needs a number above 0, found 'y'"),
        ("template t(a) { SELECT 1 }", "test.spec:1:15: parameter 'a' of template 't' does not occur in it"),
        ("template t(a) { SELECT :a } template t(b) { SELECT :b }", "test.spec:1:38: template 't' is defined twice"),
        ("template t(a) { SELECT :a } session s step x = u(1)", "test.spec:1:48: there is no template 'u' above; there are: t"),
        ("template t(a) { SELECT :a } session s step x = t(1, 2)", "test.spec:1:48: template 't' takes 1 values, found 2"),
        ("template t(a) { SELECT :a } session s step x = t(y)", "test.spec:1:50: expected a number, a \"string\" or session, found 'y'"),
        ("explore fast 1", "test.spec:1:9: expected preemptions, schedules or seconds, found 'fast'"),
        ("explore session a", "test.spec:1:9: expected preemptions, schedules or seconds, found 'session'"),
        ("fault \"bad luck\"", "test.spec:1:7: expected all, cancel, terminate, \"statement timeout\""),
        ("session a step x { SELECT 1 } expect serial allowing empty y", "test.spec:1:60: there is no step 'y'"),
        ("isolation \"serializable\", \"snapshot\"", "test.spec:1:27: expected \"read committed\""),
        ("rows 99999999999999999999", "is not a number this program can hold"),
        ("rows ; 5", "test.spec:1:6: ';' is not expected here"),
    ])
    func saysWhatIsWrongAndWhere(text: String, message: String) {
        do {
            _ = try parse(text)
            Issue.record("accepted: \(text)")
        } catch {
            #expect("\(error)".contains(message), "\(error)")
        }
    }

    @Test func readsWhatExploringNeeds() throws {
        let scenario = try parse(
            """
            rows 4
            isolation "read committed", serializable, "read committed"
            setup { INSERT INTO t SELECT g::int FROM generate_series(1, :rows) AS g; }
            template pay(who, amount, memo) { SELECT pay(:who::int, :amount, :memo, 'x:who') }
            session s times 2 step pay = pay(session, 5, "it's") step done { COMMIT }
            session t step look { SELECT 1 }
            observe { SELECT count(*) FROM t HAVING count(*) < :rows }
            expect serial ignoring id, "at" allowing empty pay, look
            explore preemptions 3 schedules 500 seconds 7
            fault cancel, "client death", cancel
            """)
        #expect(scenario.isolations == ["read committed", "serializable"])
        #expect(scenario.atEachIsolation.map(\.isolation) == ["read committed", "serializable"])
        #expect(scenario.sessions[1].steps[0] == .init(name: "pay2", sql: "SELECT pay(2::int, 5, 'it''s', 'x2')"))
        #expect(scenario.expectation.ignoredColumns == ["id", "at"])
        let empty = scenario.expectation.mayBeEmpty.sorted().map { scenario.step($0).name }
        #expect(empty == ["pay1", "pay2", "look"])
        #expect(scenario.bounds == .init(preemptions: 3, schedules: 500, seconds: 7))
        #expect(scenario.faults == [.cancel, .clientDeath])
        let filled = scenario.filled(rows: 2)
        #expect(filled.setups == ["INSERT INTO t SELECT g::int FROM generate_series(1, 2) AS g;"] && scenario.usesRows)
        #expect(filled.observations == ["SELECT count(*) FROM t HAVING count(*) < 2"] && filled.usesRows == false)
        #expect(try parse("fault all session s step x { SELECT 1 }").faults == InjectedFault.allCases)
    }

    /// What isolationtester accepts in a block reads the same here: an apostrophe in a comment opens no literal.
    @Test func commentsInBlocksOpenNoLiteral() throws {
        let scenario = try parse("setup { SELECT 1; -- don't\n SELECT 2 } operation a { SELECT 'x' } invariant i { SELECT 1 }")
        #expect(scenario.setups == ["SELECT 1; -- don't\n SELECT 2"])
    }

    @Test func everyEmbeddedScenarioParsesAndHasAMutant() throws {
        let scenarios = try ScenarioLibrary.all()
        #expect(!scenarios.isEmpty)
        for scenario in scenarios {
            #expect(!scenario.mutants.isEmpty, "\(scenario.name)")
            #expect(!scenario.summary.isEmpty, "\(scenario.name)")
        }
    }

    /// The tables of Scenarios/README.md name what is there.
    @Test func theListOfMutantsIsTrue() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Scenarios/README.md").standardizedFileURL
        let cells = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("|") }
            .map { $0.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) } }
        var kinds: Set<String> = []
        var isHarmless = false
        for row in cells where row.count == 5 && !row[1].hasPrefix("-") {
            if row[3] == "in" { isHarmless = row[1] == "what may change" }
            guard row[3] != "in" else { continue }
            kinds.insert(row[1])
            for name in row[3].split(separator: ",") {
                let scenario = try ScenarioLibrary.find(name.trimmingCharacters(in: .whitespaces))
                #expect((isHarmless ? scenario.harmless : scenario.mutants).contains { $0.name == row[2] }, "\(row)")
            }
        }
        let needed: Set<String> = [
            "predicate", "lock", "SKIP LOCKED", "unique index", "fencing check", "transaction boundary", "order of locks", "clock",
            "ON CONFLICT",
            "status check",
        ]
        #expect(kinds.isSuperset(of: needed), "\(needed.subtracting(kinds))")
        let scenarios = try ScenarioLibrary.all()
        #expect(scenarios.flatMap(\.mutants).count >= 25 && scenarios.flatMap(\.harmless).count >= 8)
        let areas = Set(scenarios.filter { !$0.harmless.isEmpty }.compactMap { $0.name.split(separator: "/").first })
        #expect(areas.isSuperset(of: ["entity", "state", "job", "campaign", "audit", "transaction"]), "\(areas)")
    }

    @Test func findsScenariosByNameAndSaysWhatThereIs() throws {
        let name = try #require(try ScenarioLibrary.all().first).name
        #expect(try ScenarioLibrary.find(name).name == name)
        #expect(throws: ScenarioError.self) { try ScenarioLibrary.find("nothing/here") }
    }
}

private struct Unexpected: Error {}
