/// A promise about a whole history of reads and writes.
public enum HistoryCheck: Sendable, Hashable {
    /// Nothing happened that the isolation level forbids.
    case isolation(IsolationLevel)
    /// The versions of each key are one chain.
    case versions
    /// The operations of each key look as if each had happened at one moment between its call and its answer.
    case linearizable

    /// As scenario files and commands name it.
    public var name: String {
        switch self {
        case .isolation(let level): level.rawValue
        case .versions: "versions"
        case .linearizable: "linearizable"
        }
    }

    public static let all = IsolationLevel.allCases.map { HistoryCheck.isolation($0) } + [.versions, .linearizable]
}
