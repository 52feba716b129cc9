/// The wait before a retry: a random time up to a bound that doubles ("full jitter", Brooker, AWS Architecture Blog, 2015), so that
/// transactions that collided do not collide again.
public struct Backoff: Sendable, Hashable {
    public var base: Duration
    public var cap: Duration

    public init(base: Duration = .milliseconds(2), cap: Duration = .seconds(1)) {
        self.base = base
        self.cap = cap
    }

    /// The longest wait before retry `attempt`, counted from 1.
    public func bound(attempt: Int) -> Duration {
        min(cap, base * (1 << min(max(0, attempt - 1), 30)))
    }

    public func delay(attempt: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        bound(attempt: attempt) * Double.random(in: 0...1, using: &generator)
    }

    public func delay(attempt: Int) -> Duration {
        var generator = SystemRandomNumberGenerator()
        return delay(attempt: attempt, using: &generator)
    }
}
