/// One promise under concurrency: what to set up, which operations many clients run at once, what must hold afterwards.
public struct Scenario: Sendable {
    /// `job/claim` for the embedded Scenarios/job/claim.spec; the file name for a file of the user's.
    public var name: String
    /// The comment the file opens with, as one line.
    public var summary = ""
    /// SQL scripts, in the order of the file.
    public var setups: [String] = []
    public var teardowns: [String] = []
    /// SQL scripts between the last operation and the judgement, e.g. to work off what is left; `race.history` is filled by then.
    public var settles: [String] = []
    /// Clients that run at once, unless the command says otherwise.
    public var connections = 16
    /// How many rows the scenario spreads its operations over: `:rows` in its SQL.
    public var rows = 16
    /// Isolation levels to try, by `default_transaction_isolation`; the server's when there is none.
    public var isolations: [String] = []
    public var operations: [Operation] = []
    public var invariants: [Check] = []
    /// Queries that answer one row `acknowledged, present`: what was promised to clients, and how much of it is there.
    public var tallies: [Check] = []
    /// What the whole history must be like.
    public var checks: [HistoryCheck] = []
    /// What a load of the operations must keep.
    public var thresholds: [LoadThreshold] = []
    public var mutants: [Mutant] = []
    /// Changes of the code that keep every promise: a scenario that flags one raises false alarms.
    public var harmless: [Mutant] = []
    /// Mutants and harmless changes.
    public var changes: [Mutant] { mutants + harmless }
    public var sessions: [Session] = []
    /// SQL scripts that bring the state back that the setup left; without one, teardown and setup run between schedules.
    public var resets: [String] = []
    /// Queries whose rows are the state that schedules are compared by.
    public var observations: [String] = []
    public var expectation = Expectation()
    public var bounds = Bounds()
    /// What is injected at the boundaries of steps and statements.
    public var faults: [InjectedFault] = []
    /// Orders of the sessions' steps; when there is none, all are meant.
    public var permutations: [Permutation] = []

    /// Something clients do over and over.
    public struct Operation: Sendable {
        public var name: String
        /// How often it is chosen, relative to the others.
        public var weight = 1
        /// Only the first so many clients run it; all of them when nil.
        public var clients: Int?
        /// SQLSTATEs that are an answer here, not a failure.
        public var expected: Set<String> = []
        /// Rows captured earlier by the same client which this operation needs.
        public var input: Input?
        /// Where the rows it used go afterwards.
        public var into: String?
        /// Where the rows it returns are kept.
        public var capture: String?
        var bindings: [(name: String, value: Expression)] = []
        var template: SQLTemplate
    }

    public struct Input: Sendable, Equatable {
        public var list: String
        /// One row as single values, or up to so many rows as arrays.
        public var limit: Int?
        /// Whether the rows leave the list.
        public var takes: Bool
    }

    /// A connection and the steps it takes, one after the other.
    public struct Session: Sendable, Equatable {
        public var name: String
        public var setup: String?
        public var steps: [Step] = []
        public var teardown: String?
        /// The session of the file that this one is a copy of, by `times`.
        public var template: String?
    }

    public struct Step: Sendable, Equatable {
        public var name: String
        /// As it stands in the file, because it is printed.
        public var sql: String
    }

    /// A step by its place in the file.
    public struct StepPlace: Sendable, Hashable, Comparable {
        public var session: Int
        public var index: Int

        public static func < (one: StepPlace, other: StepPlace) -> Bool { (one.session, one.index) < (other.session, other.index) }
    }

    public func step(_ place: StepPlace) -> Step { sessions[place.session].steps[place.index] }

    /// What schedules of the sessions' steps must be like, apart from the invariants.
    public struct Expectation: Sendable, Equatable {
        /// Results and observed state are those of some serial order of the transactions.
        public var isSerial = false
        /// No session ever waits for a lock.
        public var isNonblocking = false
        /// SQLSTATEs that may end a step; its transaction then counts as not done.
        public var errors: Set<String> = []
        /// Columns of answers that are not compared, such as numbers out of a sequence.
        public var ignoredColumns: Set<String> = []
        /// Steps that may answer nothing where a serial order has an answer, as a claim does that skips what others have locked.
        public var mayBeEmpty: Set<StepPlace> = []
    }

    /// How far to explore; what the command says goes first.
    public struct Bounds: Sendable, Equatable {
        public var preemptions, schedules, seconds: Int?
    }

    /// The clients' default_transaction_isolation: the first of those to try.
    public var isolation: String? { isolations.first }

    /// One copy for each isolation level to try.
    public var atEachIsolation: [Scenario] {
        guard isolations.count > 1 else { return [self] }
        return isolations.map { level in
            var copy = self
            copy.isolations = [level]
            return copy
        }
    }

    /// With `:rows` in its scripts replaced by so many.
    public func filled(rows: Int) -> Scenario {
        func fill(_ sql: String) -> String { ScenarioParser.filled(sql, [("rows", "\(rows)")]) }
        var copy = self
        copy.rows = rows
        copy.setups = setups.map(fill)
        copy.teardowns = teardowns.map(fill)
        copy.settles = settles.map(fill)
        copy.resets = resets.map(fill)
        copy.observations = observations.map(fill)
        for index in invariants.indices { copy.invariants[index].sql = fill(invariants[index].sql) }
        for index in sessions.indices {
            copy.sessions[index].setup = sessions[index].setup.map(fill)
            copy.sessions[index].teardown = sessions[index].teardown.map(fill)
            for step in sessions[index].steps.indices { copy.sessions[index].steps[step].sql = fill(sessions[index].steps[step].sql) }
        }
        return copy
    }

    /// Its scripts say `:rows`, so it can be made smaller.
    public var usesRows: Bool {
        let filled = filled(rows: -1)
        return filled.setups != setups || filled.resets != resets || filled.sessions != sessions
    }

    /// A named query over the database and `race.history`.
    public struct Check: Sendable {
        public var name: String
        public var sql: String
    }

    /// The code with one protection taken out, or changed without harm. A scenario that does not notice the first proves nothing.
    public struct Mutant: Sendable {
        public enum Change: Sendable {
            /// Texts replaced in functions' definitions; not finding one is an error, so that a mutant can't go stale unnoticed.
            case replace([Replacement])
            case script(String)
        }
        public struct Replacement: Sendable, Equatable {
            public var function, text, with: String
        }
        public var name: String
        public var change: Change
    }
}
