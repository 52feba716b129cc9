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
        case .publicExecute: "every role may call a new function: add REVOKE ALL ON FUNCTION … FROM PUBLIC to the same file"
        }
    }
}
