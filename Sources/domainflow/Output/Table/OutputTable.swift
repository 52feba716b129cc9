/// A table of text with a heading; numbers stand right-aligned.
struct OutputTable {
    enum Alignment {
        case left, right
    }

    private var headings: [String]
    private let alignments: [Alignment]
    private let kept: [Bool]
    private let isOptional: [Bool]
    private var rows: [[String]] = []

    /// A heading that ends in `>` makes a right-aligned column. One that ends in `!` makes a column of names or ids that people copy, which
    /// is cut last. A `?` after that makes a column that is left out where others would be cut: `["campaign!", "status", "names>?"]`.
    init(_ headings: [String]) {
        isOptional = headings.map { $0.hasSuffix("?") }
        let marked = headings.map { $0.hasSuffix("?") ? $0.dropLast() : $0[...] }
        alignments = marked.map { $0.hasSuffix(">") ? .right : .left }
        kept = marked.map { $0.hasSuffix("!") }
        self.headings = marked.map { VisibleText.of(String($0.hasSuffix(">") || $0.hasSuffix("!") ? $0.dropLast() : $0)) }
    }

    /// The table with these columns only.
    private init(_ table: OutputTable, columns: [Int]) {
        (headings, rows) = (columns.map { table.headings[$0] }, table.rows.map { row in columns.map { row[$0] } })
        (alignments, kept) = (columns.map { table.alignments[$0] }, columns.map { table.kept[$0] })
        isOptional = columns.map { table.isOptional[$0] }
    }

    var isEmpty: Bool { rows.isEmpty }

    /// Missing cells are empty; surplus ones are left out. Control characters are made visible.
    mutating func add(_ cells: [String]) {
        let padded = cells + Array(repeating: "", count: max(0, headings.count - cells.count))
        rows.append(padded.prefix(headings.count).map { VisibleText.of($0) })
    }

    /// - Parameter width: the width of the terminal, which the table has to fit; nil cuts nothing.
    func render(indent: String = "", width: Int? = nil) -> String {
        if let width, let last = isOptional.lastIndex(of: true), !isComfortable(in: width - indent.count) {
            return OutputTable(self, columns: headings.indices.filter { $0 != last }).render(indent: indent, width: width)
        }
        let (widths, gap) = width.map { fitted(natural, to: $0 - indent.count) } ?? (natural, 2)
        let rule = widths.map { String(repeating: "-", count: $0) }
        return ([headings, rule] + rows).map { indent + line($0, widths, gap) + "\n" }.joined()
    }

    private var natural: [Int] {
        headings.indices.map { column in ([headings] + rows).map { DisplayWidth.of($0[column]) }.max() ?? 0 }
    }

    /// Whether numbers and names stay whole and texts can be read.
    private func isComfortable(in room: Int) -> Bool {
        let widths = natural.enumerated().map { kept[$0] || alignments[$0] == .right ? $1 : min($1, 40) }
        return widths.reduce(2 * (headings.count - 1), +) <= room
    }

    private func line(_ cells: [String], _ widths: [Int], _ gap: Int) -> String {
        let padded = cells.indices.map { column in
            let cell = DisplayWidth.cut(cells[column], to: widths[column])
            let padding = String(repeating: " ", count: widths[column] - DisplayWidth.of(cell))
            return alignments[column] == .right ? padding + cell : cell + padding
        }
        var text = padded.joined(separator: String(repeating: " ", count: gap))
        while text.last == " " { text.removeLast() }
        return text
    }

    /// The minimum width of a column, and that of text while other columns can still shrink.
    private static let (least, readable) = (4, 10)

    /// Widths that take at most `room` together with the gaps between them: the widest columns shrink first. Numbers, and columns to copy
    /// from, stay whole as long as text can shrink or the gaps can be halved instead. If even the minimum widths do not fit, the table is
    /// wider than `room`.
    private func fitted(_ natural: [Int], to room: Int) -> (widths: [Int], gap: Int) {
        let gentle = headings.indices.map { column in
            if kept[column] { return natural[column] }
            // The heading of a number may be cut, the number not.
            let numbers = rows.map { DisplayWidth.of($0[column]) }.max() ?? 0
            return min(natural[column], max(Self.least, alignments[column] == .right ? numbers : Self.readable))
        }
        let least = natural.map { min($0, Self.least) }
        for (floors, gap) in [(gentle, 2), (gentle, 1), (least, 2)] {
            for cap in stride(from: natural.max() ?? 0, through: Self.least, by: -1) {
                let widths = zip(natural, floors).map { max($1, min($0, cap)) }
                if widths.reduce(gap * (headings.count - 1), +) <= room { return (widths, gap) }
            }
        }
        return (least, 1)
    }
}
