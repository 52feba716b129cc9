extension LoadThreshold {
    /// What it is about in these figures; nil when nothing was answered.
    func value(in figures: LoadFigures) -> Double? {
        switch measure {
        case .percentile(let percentile): figures.percentile(percentile)
        case .average: figures.mean
        case .maximum: figures.maximum
        case .errorRate: figures.errorRate
        case .rate: figures.rate
        case .dropped: Double(figures.dropped)
        }
    }

    func accepts(_ value: Double) -> Bool {
        switch comparison {
        case .atMost: value <= limit
        case .atLeast: value >= limit
        case .below: value < limit
        case .above: value > limit
        }
    }

    /// Nothing measured is nothing kept.
    func holds(in figures: LoadFigures) -> Bool { value(in: figures).map(accepts) ?? false }

    /// Whether it can no longer hold, however fast the arrivals still to come are answered.
    ///
    /// - Parameter figures: of the time so far, with the seconds of the whole.
    func isLost(in figures: LoadFigures, remaining: Int) -> Bool {
        // The best that can still come is an immediate answer, which helps an upper bound of a latency and a lower bound of a rate.
        guard comparison.isUpperBound != (measure == .rate) else { return false }
        return value(in: figures.completed(by: remaining)).map { !accepts($0) } ?? false
    }
}
