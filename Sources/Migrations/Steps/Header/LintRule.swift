/// The rules of `migrate lint`. A step justifies an exception with `--! allow: <rule> <reason>`.
public enum LintRule: String, Sendable, Codable, CaseIterable {
    case indexWithoutConcurrently = "index-without-concurrently"
    case missingLockTimeout = "missing-lock-timeout"
    case notNullWithoutDefault = "not-null-without-default"
    case volatileDefault = "volatile-default"
    case columnTypeChange = "column-type-change"
    case setNotNull = "set-not-null"
    case constraintWithoutNotValid = "constraint-without-not-valid"
    case dropInExpand = "drop-in-expand"
    case dropCreateFunction = "drop-create-function"
    case unqualifiedCreate = "unqualified-create"
    case definerWithoutSearchPath = "definer-without-search-path"
    case publicExecute = "public-execute"
    case deletesAllRows = "deletes-all-rows"
    case updatesAllRows = "updates-all-rows"
    case cascade
    case tableRewrite = "table-rewrite"
    case reindexWithoutConcurrently = "reindex-without-concurrently"
    case refreshWithoutConcurrently = "refresh-without-concurrently"
    case dropIndexWithoutConcurrently = "drop-index-without-concurrently"
    case detachWithoutConcurrently = "detach-without-concurrently"
    case validateInSameStep = "validate-in-same-step"
    case enumValueUsed = "enum-value-used"
    case guardDisabled = "guard-disabled"
    case grantToPublic = "grant-to-public"
    case missingPrimaryKey = "missing-primary-key"
    case triggerOnTable = "trigger-on-existing-table"

    public var severity: LintSeverity {
        switch self {
        case .unqualifiedCreate, .missingPrimaryKey: .notice
        case .notNullWithoutDefault, .dropInExpand, .dropCreateFunction, .definerWithoutSearchPath, .publicExecute, .deletesAllRows,
            .cascade,
            .enumValueUsed, .guardDisabled, .grantToPublic:
            .error
        default: .warning
        }
    }

    /// What to do instead.
    public var advice: String {
        switch self {
        case .indexWithoutConcurrently:
            "it blocks writers until the index is built: use CREATE INDEX CONCURRENTLY in a step of its own with --! transaction: no"
        case .missingLockTimeout:
            "while it waits for its lock, every later session queues behind it: limit the wait with --! lock-timeout: 2s"
        case .notNullWithoutDefault: "it fails on a table with rows: give the column a DEFAULT, or add it as nullable and fill it first"
        case .volatileDefault:
            "it rewrites the table under an exclusive lock: add the column, set its DEFAULT afterwards, and fill it in batches"
        case .columnTypeChange:
            "it rewrites the table under an exclusive lock: add a new column, copy the values in batches, then swap the two"
        case .setNotNull:
            "it scans the table under an exclusive lock: first add CHECK (column IS NOT NULL) NOT VALID, then VALIDATE it, then SET NOT NULL"
        case .constraintWithoutNotValid:
            "it scans the table under a lock: add the constraint NOT VALID, then VALIDATE it in another step; for a key, build the index CONCURRENTLY and add the key USING INDEX"
        case .dropInExpand: "the running program may still use it: move it to a step with --! phase: contract"
        case .dropCreateFunction:
            "DROP loses the function's grants and breaks its dependents: use CREATE OR REPLACE, or GRANT again afterwards"
        case .unqualifiedCreate: "the object lands in the first schema of search_path: qualify its name"
        case .definerWithoutSearchPath: "the caller's search_path decides what its names mean: add SET search_path = pg_catalog, pg_temp"
        case .deletesAllRows: "the rows cannot be brought back: say which with WHERE, or allow the rule and say why nobody needs them"
        case .updatesAllRows: "it locks every row until the step commits, and writes each again: update in batches, or say which with WHERE"
        case .cascade: "it also drops what the step does not name: drop the dependents by name, first"
        case .tableRewrite:
            "it rewrites the table under an exclusive lock: make a new table or column and copy in batches, or do it in a maintenance window"
        case .reindexWithoutConcurrently: "it blocks writers: use REINDEX … CONCURRENTLY in a step of its own with --! transaction: no"
        case .refreshWithoutConcurrently:
            "it blocks readers: give the view a unique index, and use REFRESH MATERIALIZED VIEW CONCURRENTLY"
        case .dropIndexWithoutConcurrently:
            "it waits for every query on the table, and all later ones wait behind it: use DROP INDEX CONCURRENTLY in a step of its own with --! transaction: no"
        case .detachWithoutConcurrently:
            "it locks the whole partitioned table: use DETACH PARTITION … CONCURRENTLY in a step of its own with --! transaction: no"
        case .validateInSameStep: "the table stays locked while all rows are checked: VALIDATE in a later step"
        case .enumValueUsed: "a new value can be used only after the step that adds it has committed: use it in a later step"
        case .guardDisabled:
            "rows that break the rules get in unnoticed: leave it on, or turn it on again in the same step and check the rows"
        case .triggerOnTable:
            "it blocks writers until the step commits, and every later write of the running program runs it: put it into a step of its own, and allow the rule once its cost is known"
        case .missingPrimaryKey:
            "its rows cannot be told apart, and logical replication cannot update them: add PRIMARY KEY, or allow the rule and say why"
        case .grantToPublic: "every role, also a later one, gets the right: name the roles"
        case .publicExecute: "every role may call a new function: add REVOKE ALL ON FUNCTION … FROM PUBLIC to the same file"
        }
    }
}
