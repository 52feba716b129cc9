/// A table of text with a heading; numbers stand right-aligned.
struct OutputTable {
    enum Alignment {
        case left, right
    }

    private var headings: [String]
    private var alignments: [Alignment]
    private var rows: [[String]] = []

    /// A heading that ends in `>` makes a right-aligned column: `["operation", "calls>"]`.
    init(_ headings: [String]) {
        alignments = headings.map { $0.hasSuffix(">") ? .right : .left }
        self.headings = headings.map { $0.hasSuffix(">") ? String($0.dropLast()) : $0 }
    }

    var isEmpty: Bool { rows.isEmpty }

    /// Missing cells are empty; what is too many is left out.
    mutating func add(_ cells: [String]) {
        let padded = cells + Array(repeating: "", count: max(0, headings.count - cells.count))
        rows.append(Array(padded.prefix(headings.count)))
    }

    func render(indent: String = "") -> String {
        let widths = headings.indices.map { column in
            ([headings] + rows).map { $0[column].count }.max() ?? 0
        }
        let rule = widths.map { String(repeating: "-", count: $0) }
        return ([headings, rule] + rows).map { indent + line($0, widths) + "\n" }.joined()
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = cells.indices.map { column in
            let padding = String(repeating: " ", count: widths[column] - cells[column].count)
            return alignments[column] == .right ? padding + cells[column] : cells[column] + padding
        }
        var text = padded.joined(separator: "  ")
        while text.last == " " { text.removeLast() }
        return text
    }
}
