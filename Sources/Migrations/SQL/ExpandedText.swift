/// A step's text with its includes in place, and the file that each line came from.
///
/// The canonical form keeps markers around an included file. A frozen step contains exactly this form, so freezing changes no checksum,
/// and a database migrated by an unfrozen build sees no change.
public struct ExpandedText: Sendable {
    public struct Origin: Sendable, Equatable {
        public var file: String
        public var line: Int
    }

    var lines: [Substring] = []
    private var files: [String] = []
    private var fileOfLine: [Int32] = []
    private var lineInFile: [Int32] = []
    /// Lines that look like headers, but stand inside a string.
    private var texts: Set<Int> = []

    /// The lines that belong to the SQL.
    var sqlLines: [Substring] { lines.indices.filter { !lines[$0].hasPrefix("--!") || texts.contains($0) }.map { lines[$0] } }

    /// Nil for a line that only looks like a header.
    func headerLine(_ index: Int) -> Substring? { texts.contains(index) ? nil : lines[index] }

    public var text: String {
        var text = ""
        text.reserveCapacity(lines.reduce(0) { $0 + $1.utf8.count + 1 })
        for line in lines {
            text += line
            text += "\n"
        }
        return text
    }

    /// `line` counts from 1 in the expanded text; a line past the end counts as the last one.
    public func origin(of line: Int) -> Origin {
        let index = min(max(line, 1), lines.count) - 1
        guard index >= 0 else { return Origin(file: files.first ?? "", line: 1) }
        return Origin(file: files[Int(fileOfLine[index])], line: Int(lineInFile[index]))
    }

    mutating func open(_ file: String) -> Int32 {
        files.append(file)
        return Int32(files.count - 1)
    }

    mutating func append(_ line: Substring, file: Int32, number: Int, isText: Bool = false) {
        if isText { texts.insert(lines.count) }
        lines.append(line)
        fileOfLine.append(file)
        lineInFile.append(Int32(number))
    }
}
