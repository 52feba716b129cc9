/// How the rate of arrivals goes over the time of a load: pieces in which it is constant or changes evenly.
///
/// Which pieces there are is the profile's kind, how fast they come is `rate` at the peak, and `seconds` stretches all of them alike.
public struct LoadProfile: Sendable, Equatable {
    public enum Kind: String, CaseIterable, Sendable, Codable {
        /// A low, constant rate: does it work at all?
        case smoke
        /// Up to the rate, held, and down: is it fast enough for what is expected?
        case load
        /// Ten steps up to the rate, until a threshold breaks: where is the limit?
        case stress
        /// A tenth of the rate, the rate at once, and a tenth again: how long until it has recovered?
        case spike
        /// A constant rate for long: does anything grow?
        case soak

        /// Operations per second at the peak, and seconds, where nothing else is asked for.
        public var defaults: (rate: Double, seconds: Double) {
            switch self {
            case .smoke: (5, 10)
            case .load: (50, 80)
            case .stress: (1000, 100)
            case .spike: (200, 80)
            case .soak: (50, 1800)
            }
        }

        /// Stages as shares of the whole time, and of the rate.
        private var shape: [(name: String, seconds: Double, from: Double, to: Double)] {
            switch self {
            case .smoke, .soak: [("hold", 1, 1, 1)]
            case .load: [("ramp up", 0.125, 0, 1), ("hold", 0.75, 1, 1), ("ramp down", 0.125, 1, 0)]
            case .stress: (1...Self.steps).map { ("step \($0)", 0.1, Double($0) / 10, Double($0) / 10) }
            case .spike: [("before", 0.25, 0.1, 0.1), ("spike", 0.25, 1, 1), ("after", 0.5, 0.1, 0.1)]
            }
        }

        /// Of a stress. Each is a second long at least, and whole seconds.
        public static let steps = 10

        func stages(rate: Double, seconds: Double) -> [Stage] {
            shape.map { part in
                let length = part.seconds * seconds
                return Stage(
                    name: part.name, seconds: self == .stress ? max(1, length.rounded()) : length, from: part.from * rate,
                    to: part.to * rate)
            }
        }
    }

    public struct Stage: Sendable, Equatable, Encodable {
        public var name: String
        public var seconds: Double
        /// Operations per second at its beginning and at its end.
        public var from, to: Double

        var arrivals: Double { seconds * (from + to) / 2 }

        /// Arrivals expected in its first `time` seconds.
        func arrivals(until time: Double) -> Double { from * time + (to - from) * time * time / (2 * seconds) }

        /// When this many arrivals are expected to have come; the inverse of `arrivals(until:)`.
        func time(of arrivals: Double) -> Double {
            guard arrivals > 0 else { return 0 }
            let slope = (to - from) / seconds
            let root = max(0, from * from + 2 * slope * arrivals).squareRoot()
            // Not (root - from) / slope: that divides nothing by nothing where the rate is constant.
            return min(seconds, 2 * arrivals / (from + root))
        }
    }

    public let kind: Kind
    public let rate: Double
    public let stages: [Stage]

    public init(_ kind: Kind, rate: Double? = nil, seconds: Double? = nil) {
        self.kind = kind
        self.rate = rate ?? kind.defaults.rate
        stages = kind.stages(rate: self.rate, seconds: seconds ?? kind.defaults.seconds)
    }

    public var seconds: Double { stages.reduce(0) { $0 + $1.seconds } }

    /// Operations per second that are asked for at that time.
    public func rate(at time: Double) -> Double {
        guard let (stage, begin) = stage(at: time) else { return 0 }
        return stage.from + (stage.to - stage.from) * (time - begin) / stage.seconds
    }

    public func stage(at time: Double) -> (stage: Stage, begin: Double)? {
        var begin = 0.0
        for stage in stages {
            if time < begin + stage.seconds { return (stage, begin) }
            begin += stage.seconds
        }
        return nil
    }

    /// From when to when the stage of that name lasts.
    func range(of name: String) -> Range<Double>? {
        guard let index = stages.firstIndex(where: { $0.name == name }) else { return nil }
        let begin = stages[..<index].reduce(0) { $0 + $1.seconds }
        return begin..<begin + stages[index].seconds
    }

    /// The time at the peak, which runs are compared by; nil where the rate keeps changing.
    public var hold: Range<Double>? { range(of: "hold") }
}
