import Testing

@testable import RaceLab

struct LoadThresholdTests {
    /// A hundred answers of 1 to 100 ms in ten seconds, three of them errors, and two arrivals dropped.
    private var figures: LoadFigures {
        var figures = LoadFigures()
        for milliseconds in 1...100 { figures.record(microseconds: UInt64(milliseconds) * 1000) }
        (figures.errors, figures.dropped, figures.seconds) = (3, 2, 10)
        return figures
    }

    @Test(arguments: [
        ("p(95)<96", true), ("p(95)<95", false), ("p(95) <= 95.1", true), ("p(50)>49", true), ("p(50)>51", false), ("p(99.9)<50", false),
        ("avg<51", true), ("avg<50", false), ("max<101", true), ("max<100", false), ("max>=99.9", true), ("error_rate<0.05", true),
        ("error_rate<0.04", false), ("rate>9.9", true), ("rate>10", false), ("rate>=10", true), ("dropped<3", true), ("dropped<2", false),
    ])
    func isJudged(text: String, holds: Bool) throws {
        #expect(try LoadThreshold(text).holds(in: figures) == holds)
    }

    @Test func nothingMeasuredIsNothingKept() throws {
        for text in ["p(95)<500", "avg<1", "max<1", "error_rate<1"] { #expect(try !LoadThreshold(text).holds(in: LoadFigures())) }
    }

    @Test func operationsMayHaveColonsAndBlanks() throws {
        let threshold = try LoadThreshold("claim: two :p(99) < 5")
        #expect(threshold.operation == "claim: two" && threshold.measure == .percentile(99) && threshold.limit == 5)
        #expect(threshold.problem(among: ["claim: two"]) == nil)
        #expect(threshold.problem(among: ["claim", "fail"])?.contains("there are 'claim', 'fail'") == true)
    }

    @Test(arguments: [
        ("p(95)", 6, "expected <"), ("", 1, "expected <"), ("p(0)<5", 3, "'0' is not a percentile"), ("p(101)<5", 3, "'101'"),
        ("p()<5", 3, "''"), ("q(95)<5", 1, "'q(95)' is not a measure"), ("claim:p95<5", 7, "'p95' is not a measure"),
        ("p(95)<", 7, "found ''"),
        ("p(95)< 5ms", 8, "found '5ms'"), ("rate>-1", 6, "found '-1'"), ("max<nan", 5, "found 'nan'"), ("  x<1", 3, "'x'"),
    ])
    func whatIsWrongIsNamedWithItsPlace(text: String, column: Int, message: String) {
        let problem = #expect(throws: LoadThreshold.Problem.self) { try LoadThreshold(text) }
        #expect(problem?.column == column && problem?.message.contains(message) == true, "\(String(describing: problem))")
    }

    /// What is lost can not be saved by any number of good answers, and what can be saved is not lost.
    @Test(arguments: [
        // Five of a hundred are above 95 ms: with 100 more at most 2.5 %, so a 97th percentile is safe only then.
        ("p(97)<96", 0, true), ("p(97)<96", 100, false), ("p(95)<50", 899, true), ("p(95)<50", 1000, false), ("max<100", 100_000, true),
        ("max<101", 0, false), ("avg<25", 90, true), ("avg<25", 120, false), ("error_rate<0.01", 300, true),
        ("error_rate<0.01", 500, false),
        ("dropped<2", 1000, true), ("dropped<3", 1000, false), ("rate>15", 40, true), ("rate>15", 60, false), ("p(50)>90", 0, false),
    ])
    func isLostWhenNothingCanSaveIt(text: String, remaining: Int, lost: Bool) throws {
        #expect(try LoadThreshold(text).isLost(in: figures, remaining: remaining) == lost)
    }

    @Test func scenariosHaveThresholds() throws {
        func parse(_ threshold: String) throws -> Scenario {
            try Scenario(
                name: "t", file: "t.spec", text: "operation claim { SELECT 1 }\ninvariant none { SELECT 1 }\nthreshold \(threshold)")
        }
        #expect(try parse("\"claim:p(95)<5\" threshold 'rate>1'").thresholds.map(\.description) == ["claim:p(95)<5", "rate>1"])
        for (text, place, message) in [
            ("\"p(95)=5\"", "t.spec:3:19", "expected <"), ("\"p(x)<5\"", "t.spec:3:14", "'x'"), ("p", "t.spec:3:11", "in quotes"),
            ("'fail:max<5'", "t.spec:3:23", "no operation 'fail'"),
        ] {
            let error = #expect(throws: ScenarioError.self) { try parse(text) }
            #expect("\(error!)".hasPrefix(place) && "\(error!)".contains(message), "\(error!)")
        }
    }
}
