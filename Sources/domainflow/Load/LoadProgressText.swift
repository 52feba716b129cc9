import RaceLab
import Synchronization

/// The progress line of a load: the latest measurements.
final class LoadProgressText: Sendable {
    private let name: String
    private let profile: LoadProfile
    private let snapshot = Mutex<LoadSnapshot?>(nil)

    init(_ name: String, _ profile: LoadProfile) { (self.name, self.profile) = (name, profile) }

    func update(_ now: LoadSnapshot) { snapshot.withLock { $0 = now } }

    var text: String {
        snapshot.withLock { $0 }.map { Self.text(name, profile, $0) } ?? "\(name): preparing"
    }

    static func text(_ name: String, _ profile: LoadProfile, _ now: LoadSnapshot) -> String {
        func milliseconds(_ value: Double?) -> String { value.map { OutputFormat.duration(seconds: $0 / 1000) } ?? "-" }
        var text = "\(name): \(now.stage), \(Int(now.elapsed)) of \(OutputFormat.number(profile.seconds)) s"
        text += ", \(OutputFormat.number(now.answered)) of \(OutputFormat.number(now.asked))/s"
        text += ", p50 \(milliseconds(now.p50)), p95 \(milliseconds(now.p95)), p99 \(milliseconds(now.p99))"
        text += " \(OutputFormat.sparkline(now.recentP95.map { $0 ?? .nan }))"
        if now.waiting > 0 { text += ", \(OutputFormat.count(now.waiting)) waiting" }
        if now.errors > 0 { text += ", \(OutputFormat.count(now.errors)) errors" }
        if now.dropped > 0 { text += ", \(OutputFormat.count(now.dropped)) dropped" }
        return text
    }
}
