// The rules of `migrate lint`. A step answers for an exception with `--! allow: <rule> <reason>`.

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
            "writers wait while it is built: CREATE INDEX CONCURRENTLY in a step of its own with --! transaction: no"
        case .missingLockTimeout:
            "who waits for this lock makes everybody behind it wait too: say how long with --! lock-timeout: 2s"
        case .notNullWithoutDefault: "fails on a table with rows: give it a DEFAULT, or add it nullable and fill it first"
        case .volatileDefault: "rewrites the table under an exclusive lock: add the column, set its DEFAULT after, fill it in batches"
        case .columnTypeChange: "rewrites the table under an exclusive lock: add a column, copy in batches, swap"
        case .setNotNull:
            "scans the table under an exclusive lock: first CHECK (column IS NOT NULL) NOT VALID, then VALIDATE, then SET NOT NULL"
        case .constraintWithoutNotValid:
            "scans the table under a lock: add it NOT VALID (a key: USING INDEX of one built CONCURRENTLY), then VALIDATE CONSTRAINT in another step"
        case .dropInExpand: "the program that still runs may use it: put it into a step with --! phase: contract"
        case .dropCreateFunction: "DROP loses the function's grants and breaks what depends on it: CREATE OR REPLACE, or GRANT again after"
        case .unqualifiedCreate: "it lands wherever search_path points: write the schema"
        case .definerWithoutSearchPath: "a caller chooses what its names mean: SET search_path = pg_catalog, pg_temp"
        case .publicExecute: "everybody may call a new function: REVOKE ALL ON FUNCTION … FROM PUBLIC in the same file"
        }
    }
}
