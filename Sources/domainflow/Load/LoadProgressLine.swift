import Foundation
import RaceLab
import Synchronization

/// A line on standard error about a load under way. Nothing where standard error is not a terminal.
final class LoadProgressLine: Sendable {
    private let name: String
    private let profile: LoadProfile
    private let live: Bool

    init(_ name: String, _ profile: LoadProfile, live: Bool = Output.stderrIsTerminal) {
        (self.name, self.profile, self.live) = (name, profile, live)
        if live { Output.standardError("\(name): preparing") }
    }

    func show(_ now: LoadSnapshot) {
        guard live else { return }
        Output.standardError("\r\u{1B}[K" + Self.text(name, profile, now).prefix(max(20, Output.width - 1)))
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

    func end() {
        if live { Output.standardError("\r\u{1B}[K") }
    }
}
