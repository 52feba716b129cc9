import DevCluster
import RaceLab
import Synchronization

/// Which connection breaks where, drawn from the seed and the connection's number, until enough faults have been injected.
///
/// Two in three faults are at COMMIT or its reply, where they matter most.
final class FaultPlan: Sendable {
    enum Moment {
        /// The n-th message from now on of the client, or of the server; the handshake counts.
        case client(Int)
        case server(Int)
        /// The n-th COMMIT from now on.
        case commit(Int)
        /// A message of the server's answer to the n-th COMMIT.
        case reply(Int, message: Int)
    }

    private struct Course {
        let moment: Moment
        let action: FaultProxy.Action
        var fromClient = 0
        var fromServer = 0
        var commits = 0
        var replies = 0
    }

    private struct State {
        var courses: [Int: Course] = [:]
        var randoms: [Int: SplitMix64] = [:]
        var injected: [String: Int] = [:]
        var total = 0
    }

    private let seed: UInt64
    private let limit: Int
    private let state = Mutex(State())

    init(seed: UInt64, limit: Int) {
        self.seed = seed
        self.limit = limit
    }

    /// How many faults there were, by moment and effect.
    var injected: [String: Int] { state.withLock { $0.injected } }
    var isOver: Bool { state.withLock { $0.total >= limit } }

    func decide(_ message: FaultProxy.Message) -> FaultProxy.Action {
        state.withLock { state in
            guard state.total < limit else { return .forward }
            var random = state.randoms[message.connection] ?? SplitMix64(seed: seed, client: message.connection)
            var course = state.courses[message.connection] ?? draw(&random)
            if message.isCommit {
                course.commits += 1
                course.replies = 0
            }
            let met = meets(course, message)
            switch message.sender {
            case .client: course.fromClient += 1
            case .server: course.fromServer += 1
            }
            if message.answersCommit { course.replies += 1 }
            // A connection that was only delayed gets another fault.
            state.courses[message.connection] = met == nil ? course : nil
            state.randoms[message.connection] = random
            guard let name = met else { return .forward }
            state.total += 1
            state.injected["\(name) \(Self.name(course.action))", default: 0] += 1
            return course.action
        }
    }

    private func meets(_ course: Course, _ message: FaultProxy.Message) -> String? {
        if message.isCancelRequest { return "cancel" }
        switch course.moment {
        case .client(let number) where message.sender == .client && course.fromClient == number: return "client"
        case .server(let number) where message.sender == .server && course.fromServer == number: return "server"
        case .commit(let number) where message.isCommit && course.commits == number: return "commit"
        case .reply(let number, let reply)
        where message.answersCommit && course.commits == number && course.replies == reply:
            return "reply"
        default: return nil
        }
    }

    private func draw(_ random: inout SplitMix64) -> Course {
        func below(_ bound: UInt64) -> Int { Int(random.next() % bound) }
        let moment: Moment =
            switch below(6) {
            case 0: .client(below(40))
            case 1: .server(below(80))
            case 2, 3: .commit(1 + below(3))
            default: .reply(1 + below(3), message: below(2))
            }
        let action: FaultProxy.Action =
            switch below(10) {
            case 0...4: .reset
            case 5, 6: .silence
            case 7, 8: .late(.milliseconds(below(1500)))
            default: .delay(.milliseconds(below(300)))
            }
        return Course(moment: moment, action: action)
    }

    private static func name(_ action: FaultProxy.Action) -> String {
        switch action {
        case .forward: "forward"
        case .delay: "delay"
        case .reset: "reset"
        case .silence: "silence"
        case .late: "late"
        }
    }
}
