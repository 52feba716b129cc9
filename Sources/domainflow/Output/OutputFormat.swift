import Foundation

/// Numbers, durations and sizes for people to read.
enum OutputFormat {
    /// 1,234,567
    static func count(_ value: some BinaryInteger) -> String {
        let digits = Array(String(value.magnitude))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return value < 0 ? "-" + text : text
    }

    /// Three significant digits below a thousand, whole numbers with separators above.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        switch abs(value) {
        case 1000...: return abs(value) < 9e18 ? count(Int64(value.rounded())) : String(format: "%.3g", value)
        case 100...: return String(format: "%.0f", value)
        case 10...: return String(format: "%.1f", value)
        case 0: return "0"
        default: return String(format: "%.2f", value)
        }
    }

    /// 850 us, 12.3 ms, 4.50 s, 3 min 12 s, 2 h 05 min
    static func duration(seconds: Double) -> String {
        guard seconds.isFinite else { return "-" }
        switch seconds {
        case ..<0.001: return number(seconds * 1_000_000) + " us"
        case ..<1: return number(seconds * 1000) + " ms"
        case ..<60: return number(seconds) + " s"
        case ..<3600: return "\(Int(seconds) / 60) min \(Int(seconds) % 60) s"
        default: return String(format: "%d h %02d min", Int(seconds) / 3600, Int(seconds) % 3600 / 60)
        }
    }

    static func duration(_ duration: Duration) -> String {
        self.duration(seconds: duration / .seconds(1))
    }

    static func bytes(_ value: some BinaryInteger) -> String {
        var rest = Double(value)
        for unit in ["bytes", "kB", "MB", "GB"] {
            if rest < 1024 { return number(rest) + " " + unit }
            rest /= 1024
        }
        return number(rest) + " TB"
    }

    /// Bars of eight heights, scaled between the least and the greatest value.
    static func sparkline(_ values: [Double]) -> String {
        let heights = Array("▁▂▃▄▅▆▇█")
        let known = values.filter(\.isFinite)
        guard let low = known.min(), let high = known.max() else { return "" }
        return String(
            values.map { value -> Character in
                guard value.isFinite else { return " " }
                guard high > low else { return heights[0] }
                return heights[min(7, Int((value - low) / (high - low) * 8))]
            })
    }
}
