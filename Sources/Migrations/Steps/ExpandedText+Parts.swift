extension ExpandedText {
    /// The text of each included file, with its own includes in place and without its markers.
    func bodies() -> [String: String] {
        var bodies: [String: String] = [:]
        var open: [(path: String, from: Int)] = []
        for index in lines.indices {
            switch try? headerLine(index).flatMap({ try Directive.parse($0, file: "", number: 0) }) {
            case .beginInclude(let path): open.append((path, index + 1))
            case .endInclude:
                guard let begun = open.popLast() else { continue }
                bodies[begun.path] = lines[begun.from..<index].map { $0 + "\n" }.joined()
            default: continue
            }
        }
        return bodies
    }

    /// The step's file and each included file, with a digest of its own lines: shows which one changed when the checksum differs.
    func parts(of file: String) -> [(path: String, digest: String)] {
        var order = [file]
        var text: [String: String] = [file: ""]
        var stack = [file]
        for (index, line) in lines.enumerated() {
            switch try? headerLine(index).flatMap({ try Directive.parse($0, file: file, number: 0) }) {
            case .beginInclude(let path):
                stack.append(path)
                if text[path] == nil { order.append(path) }
                text[path, default: ""] += ""
            case .endInclude where stack.count > 1:
                stack.removeLast()
            default:
                text[stack[stack.count - 1], default: ""] += line + "\n"
            }
        }
        return order.map { ($0, String(SHA256.hex(text[$0, default: ""].utf8).prefix(16))) }
    }
}
