import Foundation

/// What loads measured before, by scenario, profile and rate, in one JSON file that is kept with the code it is about.
public struct LoadBaseline: Sendable, Codable, Equatable {
    public struct Entry: Sendable, Codable, Equatable {
        public var connections: Int
        public var seconds: Double
        public var batches: LoadBatches
    }

    /// What is wrong with a baseline file.
    public struct Problem: Error, CustomStringConvertible {
        public var description: String
    }

    public private(set) var entries: [String: Entry] = [:]

    public init() {}

    /// - Throws: `Problem` when the file is not a baseline. A file that does not exist has no entries.
    public init(path: String) throws(Problem) {
        guard let data = FileManager.default.contents(atPath: path) else {
            guard !FileManager.default.fileExists(atPath: path) else { throw Problem(description: "baseline \(path): cannot be read") }
            return
        }
        do {
            self = try JSONDecoder().decode(LoadBaseline.self, from: data)
        } catch {
            throw Problem(description: "baseline \(path) is not what --save-baseline writes: \(error)")
        }
    }

    public func write(path: String) throws(Problem) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        do {
            try (try encoder.encode(self) + Data("\n".utf8)).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw Problem(description: "baseline \(path) cannot be written: \(error)")
        }
    }

    /// `job/claim load 50/s`
    public static func key(scenario: String, _ profile: LoadProfile) -> String { key(scenario, profile.kind, profile.rate) }

    private static func key(_ scenario: String, _ kind: LoadProfile.Kind, _ rate: Double) -> String {
        "\(scenario) \(kind.rawValue) \(rate.formatted(.number.grouping(.never).locale(Locale(identifier: "en_US_POSIX"))))/s"
    }

    /// Keeps what the load measured, in place of what was known.
    public mutating func save(_ report: LoadReport) {
        entries[Self.key(report.scenario, report.profile, report.rate)] = Entry(
            connections: report.connections, seconds: report.planned, batches: report.batches)
    }

    /// What is known about the same scenario, profile and rate.
    public func entry(for report: LoadReport) -> Entry? { entries[Self.key(report.scenario, report.profile, report.rate)] }

    /// How the load compares with its baseline; nil when there is none.
    public func compare(_ report: LoadReport, tolerance: Double, confidence: Double) -> [LoadComparison]? {
        entry(for: report).map { LoadComparison.compare(report.batches, with: $0.batches, tolerance: tolerance, confidence: confidence) }
    }
}
