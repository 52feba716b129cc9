/// migrations.lock: one line per released step, `<id> <checksum> <release>`, and one per release, `fingerprint <release> <fingerprint>`.
/// A line never changes once it is written.
public struct ReleaseLock: Sendable, Equatable {
    public struct Entry: Sendable, Equatable {
        public var id: String
        public var checksum: String
        public var release: String
    }

    public private(set) var entries: [Entry] = []
    /// The fingerprint of each release's catalog, as the release's own catalog_fingerprint() printed it.
    public private(set) var fingerprints: [String: String] = [:]
    private var places: [String: Int] = [:]

    public init() {}

    public init(_ text: String, file: String) throws(MigrationError) {
        let source = try SourceText(file: file, text: text)
        for (index, line) in source.lines.enumerated() where !line.trimmed.isEmpty && line.first != "#" {
            let fields = line.split(separator: " ")
            if fields.first == "fingerprint" {
                guard fields.count == 3, Release(String(fields[1])) != nil, fields[2].hasPrefix("sha256:") else {
                    throw MigrationError(
                        .badInput, "not a line of the form fingerprint <release> sha256:…: \"\(line)\"", file: file, line: index + 1,
                        hint: "`domainflow migrate freeze` writes this file; restore it from the last release")
                }
                guard fingerprints.updateValue(String(fields[2]), forKey: String(fields[1])) == nil else {
                    throw MigrationError(.badInput, "the fingerprint of \(fields[1]) is listed twice", file: file, line: index + 1)
                }
                continue
            }
            guard fields.count == 3, fields[1].hasPrefix("sha256:v1:"), Release(String(fields[2])) != nil else {
                throw MigrationError(
                    .badInput, "not a line of the form <id> sha256:v1:<hex> <release>: \"\(line)\"", file: file, line: index + 1,
                    hint: "`domainflow migrate freeze` writes this file; restore it from the last release")
            }
            guard self[String(fields[0])] == nil else {
                throw MigrationError(.badInput, "step \(fields[0]) is listed twice", file: file, line: index + 1)
            }
            append(Entry(id: String(fields[0]), checksum: String(fields[1]), release: String(fields[2])))
        }
    }

    public subscript(id: String) -> Entry? { places[id].map { entries[$0] } }

    /// Releases from oldest to newest.
    public var releases: [String] {
        Set(entries.map(\.release)).compactMap(Release.init).sorted().map(\.text)
    }

    public mutating func append(_ entry: Entry) {
        places[entry.id] = entries.count
        entries.append(entry)
    }

    /// Keeps an existing fingerprint: a release has one catalog for ever.
    public mutating func setFingerprint(_ fingerprint: String, of release: String) {
        if fingerprints[release] == nil { fingerprints[release] = fingerprint }
    }

    public var text: String {
        "# Checksums of released steps, then each release's catalog fingerprint. Written by `domainflow migrate freeze`; no line ever changes.\n"
            + entries.map { "\($0.id) \($0.checksum) \($0.release)\n" }.joined()
            + releases.compactMap { release in fingerprints[release].map { "fingerprint \(release) \($0)\n" } }.joined()
    }
}
