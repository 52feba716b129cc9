import Foundation
import Testing

@testable import domainflow

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// The XML is read by a parser, not compared as text: what CI systems do with it.
@Suite struct JUnitTests {
    private final class Reader: NSObject, XMLParserDelegate {
        var elements: [(name: String, attributes: [String: String])] = []
        var text = ""
        func parser(
            _: XMLParser, didStartElement name: String, namespaceURI _: String?, qualifiedName _: String?, attributes: [String: String]
        ) { elements.append((name, attributes)) }
        func parser(_: XMLParser, foundCharacters string: String) { text += string }
    }

    private func read(_ report: OutputJUnit) throws -> Reader {
        let reader = Reader()
        let parser = XMLParser(data: Data(report.render().utf8))
        parser.delegate = reader
        #expect(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "") in \(report.render())")
        return reader
    }

    @Test func countsAndTexts() throws {
        let hard = "a<b> & \"c\" 'd'\n\tzweite Zeile é 🐘 ]]>"
        var report = OutputJUnit(suite: hard)
        report.add("group", "good", seconds: 1.25, .passed)
        report.add(hard, hard, seconds: 0.5, .failed(message: hard, detail: hard))
        report.add("group", "left out", seconds: 0, .skipped(message: "no time"))
        report.add("group", "broken", seconds: 0, .broken(message: "no \u{1B}[1m escape\u{0}"))
        let reader = try read(report)
        #expect(
            reader.elements.map(\.name) == [
                "testsuites", "testsuite", "testcase", "testcase", "failure", "testcase", "skipped", "testcase", "error",
            ])
        let suite = reader.elements[1].attributes
        #expect(
            suite["tests"] == "4" && suite["failures"] == "1" && suite["errors"] == "1" && suite["skipped"] == "1"
                && suite["time"] == "1.750")
        #expect(suite["name"] == hard)
        #expect(reader.elements[3].attributes == ["classname": hard, "name": hard, "time": "0.500"])
        #expect(reader.elements[4].attributes["message"] == hard && reader.text.contains(hard))
        #expect(reader.elements[8].attributes["message"] == "no \u{FFFD}[1m escape\u{FFFD}")
    }

    @Test func nothingYetIsWellFormed() throws {
        #expect(try read(OutputJUnit(suite: "empty")).elements[1].attributes["tests"] == "0")
    }
}
