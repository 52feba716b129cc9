import Testing

@testable import RaceLab

struct LoadProfileTests {
    @Test(arguments: LoadProfile.Kind.allCases)
    func secondsStretchAndRateScales(kind: LoadProfile.Kind) {
        let profile = LoadProfile(kind, rate: 40, seconds: 60)
        #expect(abs(profile.seconds - 60) < 1e-9)
        #expect(profile.stages.map { max($0.from, $0.to) }.max() == 40)
        #expect(profile.rate(at: 61) == 0 && profile.stage(at: 60) == nil)
        let usual = LoadProfile(kind)
        #expect(abs(usual.seconds - kind.defaults.seconds) < 1e-9 && usual.rate == kind.defaults.rate)
    }

    @Test func rates() {
        let load = LoadProfile(.load, rate: 100, seconds: 80)
        #expect(load.rate(at: 0) == 0 && load.rate(at: 5) == 50 && load.rate(at: 40) == 100 && load.rate(at: 75) == 50)
        #expect(load.hold == 10..<70)
        let spike = LoadProfile(.spike, rate: 100, seconds: 80)
        #expect(spike.rate(at: 19) == 10 && spike.rate(at: 21) == 100 && spike.rate(at: 41) == 10 && spike.hold == nil)
        let stress = LoadProfile(.stress, rate: 100, seconds: 12)
        #expect(stress.stages.map(\.to) == (1...10).map { Double($0) * 10 } && stress.stages.allSatisfy { $0.seconds == 1 })
    }

    @Test func timeIsTheInverseOfArrivals() {
        for (from, to) in [(0.0, 10.0), (10, 0), (5, 5), (3, 8)] {
            let stage = LoadProfile.Stage(name: "s", seconds: 7, from: from, to: to)
            for time in stride(from: 0.0, through: 7, by: 0.5) {
                #expect(abs(stage.time(of: stage.arrivals(until: time)) - time) < 1e-6, "\(from) to \(to) at \(time)")
            }
            #expect(abs(stage.arrivals(until: 7) - stage.arrivals) < 1e-9)
        }
    }
}

struct LoadArrivalsTests {
    private func arrivals(_ profile: LoadProfile, _ spacing: LoadArrivals.Spacing, seed: UInt64 = 1) -> [Double] {
        LoadArrivals(profile, spacing: spacing, seed: seed).map { Double($0) / 1e9 }
    }

    @Test func constantArrivalsAreEvenAndAsManyAsAskedFor() {
        let times = arrivals(LoadProfile(.smoke, rate: 5, seconds: 10), .constant)
        #expect(times.count == 50 && times.first == 0)
        #expect(zip(times, times.dropFirst()).allSatisfy { abs($1 - $0 - 0.2) < 1e-6 })
        #expect(arrivals(LoadProfile(.load, rate: 100, seconds: 80), .constant).count == 7000)
    }

    @Test(arguments: LoadProfile.Kind.allCases)
    func poissonArrivalsFollowTheRate(kind: LoadProfile.Kind) {
        let profile = LoadProfile(kind, rate: 200, seconds: 100)
        let times = arrivals(profile, .poisson)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 } && times.last! < profile.seconds)
        var begin = 0.0
        for stage in profile.stages {
            let count = Double(times.count { $0 >= begin && $0 < begin + stage.seconds })
            // The seed is fixed; five standard deviations are far from what it gives.
            #expect(abs(count - stage.arrivals) < 5 * stage.arrivals.squareRoot(), "\(stage.name): \(count) of \(stage.arrivals)")
            begin += stage.seconds
        }
    }

    @Test func poissonDistancesVaryAsMuchAsTheyAreLong() {
        let times = arrivals(LoadProfile(.smoke, rate: 1000, seconds: 20), .poisson)
        let distances = zip(times, times.dropFirst()).map { $1 - $0 }
        let mean = distances.reduce(0, +) / Double(distances.count)
        let variance = distances.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(distances.count)
        #expect(abs(mean - 0.001) < 0.0001 && abs(variance.squareRoot() / mean - 1) < 0.1)
    }

    @Test func theSeedDecides() {
        let profile = LoadProfile(.spike)
        #expect(arrivals(profile, .poisson, seed: 7) == arrivals(profile, .poisson, seed: 7))
        #expect(arrivals(profile, .poisson, seed: 7) != arrivals(profile, .poisson, seed: 8))
    }
}

struct LoadQueueTests {
    private let second: UInt64 = 1_000_000_000

    /// One arrival a second, from 0 to 9.
    private func queue(bound: Int) -> LoadQueue {
        LoadQueue(LoadArrivals(LoadProfile(.smoke, rate: 1, seconds: 10), spacing: .constant, seed: 1), bound: bound)
    }

    @Test func whoIsFreeGetsTheNextOne() {
        let queue = queue(bound: 5)
        #expect(queue.take(now: 0).arrival == 0)
        #expect(queue.take(now: 1).arrival == second && queue.take(now: 2).arrival == 2 * second)
        #expect(queue.waiting == 0 && !queue.isOver)
    }

    @Test func whatWaitsComesInOrderAndWhatIsTooMuchIsDropped() {
        let queue = queue(bound: 3)
        let first = queue.take(now: 6 * second)
        #expect(first.arrival == 0 && first.dropped == [3, 4, 5, 6].map { $0 * second })
        #expect(queue.waiting == 2)
        #expect(queue.take(now: 6 * second).arrival == second)
        #expect(queue.take(now: 6 * second).arrival == 2 * second)
        #expect(queue.take(now: 6 * second).arrival == 7 * second)
    }

    @Test func theEndGivesBackWhatIsLeft() {
        let queue = queue(bound: 100)
        _ = queue.take(now: 2 * second)
        #expect(queue.end().map { $0 / second } == [1, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(queue.isEnded && queue.isOver && queue.end().isEmpty && queue.take(now: 0).arrival == nil)
        let emptied = self.queue(bound: 100)
        for _ in 0..<10 { _ = emptied.take(now: 0) }
        #expect(emptied.isOver && !emptied.isEnded && emptied.take(now: 0).arrival == nil)
    }
}
