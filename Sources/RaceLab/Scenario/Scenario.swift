/// One promise under concurrency: what to set up, what many clients or a few sessions do at once, and what must hold afterwards.
public struct Scenario: Sendable {
    /// `job/claim` for the embedded Scenarios/job/claim.spec; the file name for a user's own file.
    public var name: String
    /// Of a user's own file, as it was given: with it the file is found again.
    public var path: String?
    /// The comment at the top of the file, as one line.
    public var summary = ""
    /// SQL scripts, in the order of the file.
    public var setups: [String] = []
    public var teardowns: [String] = []
    /// SQL scripts between the last operation and the verdict, for example to finish work that is left; `race.history` is loaded by then.
    public var settles: [String] = []
    /// Number of clients, unless the command says otherwise.
    public var connections = 16
    /// Number of rows over which the scenario spreads its operations: `:rows` in its SQL.
    public var rows = 16
    /// Isolation levels to try, by `default_transaction_isolation`; the server's when there is none.
    public var isolations: [String] = []
    public var operations: [Operation] = []
    public var invariants: [Check] = []
    /// Queries that answer one row `acknowledged, present`: how much clients were promised, and how much of it is there.
    public var tallies: [Check] = []
    /// Checks that the whole history must pass.
    public var checks: [HistoryCheck] = []
    /// The thresholds that a load of the operations must keep.
    public var thresholds: [LoadThreshold] = []
    public var mutants: [Mutant] = []
    /// Changes of the code that keep every promise: a scenario that flags one raises false alarms.
    public var harmless: [Mutant] = []
    /// Mutants and harmless changes.
    public var changes: [Mutant] { mutants + harmless }
    public var sessions: [Session] = []
    /// SQL scripts that restore the state that the setup left; without one, teardown and setup run between schedules.
    public var resets: [String] = []
    /// Queries whose rows are the state that schedules are compared by.
    public var observations: [String] = []
    public var expectation = Expectation()
    public var bounds = Bounds()
    /// What is injected at the boundaries of steps and statements.
    public var faults: [InjectedFault] = []
    /// Orders of the sessions' steps; none means all orders.
    public var permutations: [Permutation] = []

    /// Something clients do over and over.
    public struct Operation: Sendable {
        public var name: String
        /// How often it is chosen, relative to the others.
        public var weight = 1
        /// The number of clients that run it; nil means all of them.
        public var clients: Int?
        /// SQLSTATEs that are an answer here, not a failure.
        public var expected: Set<String> = []
        /// The rows that this operation needs and the same client has captured before.
        public var input: Input?
        /// The list to which the rows it used go afterwards.
        public var into: String?
        /// The list that keeps the rows it returns.
        public var capture: String?
        var bindings: [(name: String, value: Expression)] = []
        var template: SQLTemplate
    }

    public struct Input: Sendable, Equatable {
        public var list: String
        /// nil means one row, as single values; otherwise up to this many rows, as arrays.
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

    /// How far to explore; the command's options take precedence.
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

    /// The scenario with `:rows` in its scripts replaced by this number.
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

    /// Whether its scripts say `:rows`, so that the explorer can look for fewer.
    public var usesRows: Bool {
        let filled = filled(rows: -1)
        return filled.setups != setups || filled.resets != resets || filled.sessions != sessions
    }

    /// A named query over the database and `race.history`.
    public struct Check: Sendable {
        public var name: String
        public var sql: String
    }

    /// The code with one protection taken out, or changed without harm. A scenario that misses the first proves nothing.
    public struct Mutant: Sendable {
        public enum Change: Sendable {
            /// Texts to replace in functions' definitions; a text that is not found is an error, so that no mutant goes stale unnoticed.
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
