/// A measured time cut into ten parts of equal length: what two loads are compared by.
///
/// Latencies of one moment resemble each other, those of parts that are long enough hardly do (the method of batch means; A. Law,
/// "Simulation Modeling and Analysis", McGraw-Hill, chapter 9).
public struct LoadBatches: Sendable, Codable, Equatable {
    /// Milliseconds in each part; empty where the parts have too few answers for that percentile.
    public var p50, p95, p99: [Double]
    /// Answers per second in each part.
    public var rate: [Double]

    static let count = 10
    /// Answers that each part needs for the percentile to mean something, and not be its greatest value.
    public static func needed(for name: String) -> Int { needed[name] ?? 1 }
    private static let needed = ["p50": 10, "p95": 40, "p99": 200]

    init(p50: [Double], p95: [Double], p99: [Double], rate: [Double]) { (self.p50, self.p95, self.p99, self.rate) = (p50, p95, p99, rate) }

    /// - Parameter seconds: whole seconds since the load began.
    init(_ recorder: LoadRecorder, in seconds: Range<Int>) {
        let length = seconds.count / Self.count
        let parts: [LoadFigures] =
            length == 0
            ? []
            : (0..<Self.count).map { part in
                let begin = seconds.lowerBound + part * length
                return recorder.figures(in: begin..<begin + length)
            }
        func values(_ percentile: Double) -> [Double] {
            guard parts.allSatisfy({ $0.answered >= Self.needed(for: "p\(Int(percentile))") }) else { return [] }
            return parts.map { $0.percentile(percentile) ?? 0 }
        }
        self.init(p50: values(50), p95: values(95), p99: values(99), rate: parts.map(\.rate))
    }
}
