// usage: embed-steps FOLDER TYPE OUTPUT
// Writes a Swift file whose enum TYPE contains the text of every .sql, .lock and .spec file below FOLDER, by its path relative to FOLDER.
import Foundation

guard CommandLine.arguments.count == 4 else {
    FileHandle.standardError.write(Data("usage: embed-steps FOLDER TYPE OUTPUT\n".utf8))
    exit(64)
}
let root = URL(filePath: CommandLine.arguments[1], directoryHint: .isDirectory).standardizedFileURL
let prefix = root.path(percentEncoded: false)
var files: [(path: String, text: String)] = []
if let walk = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil) {
    for case let file as URL in walk where ["sql", "lock", "spec"].contains(file.pathExtension) {
        let path = String(file.standardizedFileURL.path(percentEncoded: false).dropFirst(prefix.count))
        files.append((path.hasPrefix("/") ? String(path.dropFirst()) : path, try String(contentsOf: file, encoding: .utf8)))
    }
}
files.sort { $0.path < $1.path }
var source = "// Generated at build time.\npublic enum \(CommandLine.arguments[2]) {\n    public static let files: [String: String] = [\n"
for file in files {
    // A raw literal delimited by more #s than any run in the text needs no escaping.
    var hashes = "#"
    while file.text.contains("\"" + hashes) || file.text.contains("\\" + hashes) { hashes += "#" }
    source += "        \(hashes)\"\(file.path)\"\(hashes): \(hashes)\"\"\"\n\(file.text)\n\"\"\"\(hashes),\n"
}
source += files.isEmpty ? "        :\n    ]\n}\n" : "    ]\n}\n"
try source.write(toFile: CommandLine.arguments[3], atomically: true, encoding: .utf8)
