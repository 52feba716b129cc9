import Foundation
import RaceLab

/// Verdicts as JUnit XML, which CI systems display.
struct OutputJUnit {
    enum Verdict {
        case passed
        /// The check failed.
        case failed(message: String, detail: String)
        /// The check could not be made.
        case broken(message: String)
        /// The check was not made, or not to its end.
        case skipped(message: String)
    }

    struct Case {
        var group, name: String
        var seconds: Double
        var verdict: Verdict
    }

    var suite: String
    private(set) var cases: [Case] = []

    init(suite: String) { self.suite = suite }

    mutating func add(_ group: String, _ name: String, seconds: Double, _ verdict: Verdict) {
        cases.append(Case(group: group, name: name, seconds: seconds, verdict: verdict))
    }

    func render() -> String {
        let failures = cases.count { if case .failed = $0.verdict { true } else { false } }
        let errors = cases.count { if case .broken = $0.verdict { true } else { false } }
        let skipped = cases.count { if case .skipped = $0.verdict { true } else { false } }
        let counts = "tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"\(errors)\" skipped=\"\(skipped)\""
        let time = Self.time(cases.reduce(0) { $0 + $1.seconds })
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites \(counts) time="\(time)">
              <testsuite name="\(Self.escaped(suite))" \(counts) time="\(time)">
            \(cases.map(Self.element).joined())  </testsuite>
            </testsuites>

            """
    }

    private static func element(_ test: Case) -> String {
        let head = "    <testcase classname=\"\(escaped(test.group))\" name=\"\(escaped(test.name))\" time=\"\(time(test.seconds))\""
        switch test.verdict {
        case .passed: return head + "/>\n"
        case .failed(let message, let detail):
            return head
                + ">\n      <failure message=\"\(escaped(message))\">\(ExplorationHTML.escaped(detail))</failure>\n    </testcase>\n"
        case .broken(let message): return head + ">\n      <error message=\"\(escaped(message))\"/>\n    </testcase>\n"
        case .skipped(let message): return head + ">\n      <skipped message=\"\(escaped(message))\"/>\n    </testcase>\n"
        }
    }

    private static func time(_ seconds: Double) -> String { String(format: "%.3f", seconds) }

    /// For attributes.
    private static func escaped(_ text: String) -> String { ExplorationHTML.escaped(text, inAttribute: true) }
}
