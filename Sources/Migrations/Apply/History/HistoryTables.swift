/// The SQL of the runner's tables: domainflow_migrate.history, and the append-only domainflow_migrate.event.
enum HistoryTables {
    static let schema = "domainflow_migrate"

    /// One transaction; its lock makes a second first runner wait instead of creating the schema too. No CONCURRENTLY statement
    /// can be under way yet, so waiting here cannot delay one.
    static let create = """
        BEGIN;
        \(OwnSQL.path);
        SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('domainflow_migrate:create', 0));
        CREATE SCHEMA IF NOT EXISTS domainflow_migrate;
        COMMENT ON SCHEMA domainflow_migrate IS 'What domainflow migrate applied to this database.';
        CREATE TABLE IF NOT EXISTS domainflow_migrate.history (
            project       text             NOT NULL,
            rank          bigint           NOT NULL,
            id            bigint           NOT NULL,
            description   text             NOT NULL,
            checksum      text             NOT NULL,
            release       text,
            applied_by    text             NOT NULL DEFAULT session_user,
            applied_at    timestamptz      NOT NULL DEFAULT pg_catalog.clock_timestamp(),
            duration_ms   double precision,
            outcome       text             NOT NULL,
            parts         text             NOT NULL DEFAULT '',
            backend_pid   integer,
            backend_start timestamptz,
            built_index   oid,
            verified_before boolean,
            CONSTRAINT history_pkey PRIMARY KEY (project, id),
            CONSTRAINT history_rank_key UNIQUE (project, rank),
            CONSTRAINT history_outcome_check CHECK (outcome IN (\(outcomes)))
        );
        COMMENT ON TABLE domainflow_migrate.history IS 'One row per step that is applied, or under way outside a transaction.';
        COMMENT ON COLUMN domainflow_migrate.history.rank IS 'Order of application, which --allow-out-of-order may make differ from id.';
        COMMENT ON COLUMN domainflow_migrate.history.parts IS 'Digest of each file the step was made of: says which one changed.';
        COMMENT ON COLUMN domainflow_migrate.history.backend_pid IS 'Runner of a step that is running or reverting; with backend_start tells whether it still lives.';
        \(comments)
        CREATE TABLE IF NOT EXISTS domainflow_migrate.event (
            event_id    bigint           GENERATED ALWAYS AS IDENTITY,
            project     text             NOT NULL,
            step        bigint,
            what        text             NOT NULL,
            at          timestamptz      NOT NULL DEFAULT pg_catalog.clock_timestamp(),
            by          text             NOT NULL DEFAULT session_user,
            backend_pid integer          NOT NULL DEFAULT pg_catalog.pg_backend_pid(),
            attempt     integer,
            duration_ms double precision,
            sqlstate    text,
            message     text,
            statement   text,
            file        text,
            line        integer,
            CONSTRAINT event_pkey PRIMARY KEY (event_id),
            CONSTRAINT event_what_check CHECK (what IN ('try', 'applied', 'failed', 'blocked', 'interrupted', 'reverted', 'baseline', 'repaired'))
        );
        \(createRepeatable)
        COMMENT ON TABLE domainflow_migrate.event IS 'Append-only: each try, its end, and every change of history by hand.';
        CREATE OR REPLACE FUNCTION domainflow_migrate.refuse_change() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
        AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'DF705', MESSAGE = 'domainflow_migrate.event is append-only', HINT = 'Add a row that corrects the earlier one.'; END $$;
        REVOKE ALL ON FUNCTION domainflow_migrate.refuse_change() FROM PUBLIC;
        DROP TRIGGER IF EXISTS event_append_only ON domainflow_migrate.event;
        CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON domainflow_migrate.event
            FOR EACH STATEMENT EXECUTE FUNCTION domainflow_migrate.refuse_change();
        COMMIT;
        """

    private static let createRepeatable = """
        CREATE TABLE IF NOT EXISTS domainflow_migrate.repeatable (
            project     text             NOT NULL,
            id          text             NOT NULL,
            checksum    text             NOT NULL,
            applied_by  text             NOT NULL DEFAULT session_user,
            applied_at  timestamptz      NOT NULL DEFAULT pg_catalog.clock_timestamp(),
            duration_ms double precision,
            CONSTRAINT repeatable_pkey PRIMARY KEY (project, id)
        );
        COMMENT ON TABLE domainflow_migrate.repeatable IS 'The text of each repeatable step (R_slug.sql) as it was applied last. Reverting a step empties it, so that all run again.';
        """

    static func selectRepeated(project: String) -> String {
        "SELECT id, checksum FROM domainflow_migrate.repeatable WHERE project = \(Literal.text(project))"
    }

    static func recordRepeated(project: String, step: Step, duration: Double) -> String {
        """
        INSERT INTO domainflow_migrate.repeatable AS r (project, id, checksum, duration_ms) \
        VALUES (\(Literal.text(project)), \(Literal.text(step.id)), \(Literal.text(step.checksum)), \(duration)) \
        ON CONFLICT (project, id) DO UPDATE SET checksum = EXCLUDED.checksum, duration_ms = EXCLUDED.duration_ms, \
        applied_by = session_user, applied_at = pg_catalog.clock_timestamp()
        """
    }

    /// What a reverted step took away, repeatable steps may have made.
    static func forgetRepeated(project: String) -> String {
        "DELETE FROM domainflow_migrate.repeatable WHERE project = \(Literal.text(project))"
    }

    private static let outcomes = "'done', 'baseline', 'running', 'no effect', 'unknown', 'reverting', 'failed'"

    private static let comments = """
        COMMENT ON COLUMN domainflow_migrate.history.built_index IS 'The index that a step outside a transaction was building; left invalid, it is the step''s to drop.';
        COMMENT ON COLUMN domainflow_migrate.history.verified_before IS 'Whether the verify statements held before the statement ran: only if not, they tell afterwards that it did.';
        """

    /// Whether a program up to 0.4.0 made the tables.
    static let isOld = """
        SELECT NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('domainflow_migrate.history') \
        AND attname = 'verified_before' AND NOT attisdropped) OR to_regclass('domainflow_migrate.repeatable') IS NULL
        """

    /// From the tables of 0.4.0 and earlier. Does not wait for long behind a step that an earlier program is applying.
    static let upgrade = """
        BEGIN;
        \(OwnSQL.path);
        SET LOCAL lock_timeout = '30s';
        SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('domainflow_migrate:create', 0));
        ALTER TABLE domainflow_migrate.history ADD COLUMN IF NOT EXISTS built_index oid, ADD COLUMN IF NOT EXISTS verified_before boolean,
            DROP CONSTRAINT IF EXISTS history_outcome_check,
            ADD CONSTRAINT history_outcome_check CHECK (outcome IN (\(outcomes)));
        \(comments)
        \(createRepeatable)
        COMMIT;
        """

    /// The first thing about the history that a less powerful role may have made: an owner, a trigger, rule, policy, default or type.
    static let foreign = """
        WITH space AS (
            SELECT n.oid, n.nspowner FROM pg_namespace AS n WHERE n.nspname = 'domainflow_migrate'
        ), relation AS (
            SELECT c.* FROM pg_class AS c JOIN space AS s ON s.oid = c.relnamespace
        ), me AS (
            SELECT r.oid, r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user
        ), found AS (
            SELECT 1 AS rank, 'schema domainflow_migrate' AS what, s.nspowner AS owner FROM space AS s
            UNION ALL
            SELECT 2, pg_describe_object('pg_class'::regclass, c.oid, 0), c.relowner FROM relation AS c
            UNION ALL
            SELECT 3, pg_describe_object('pg_proc'::regclass, f.oid, 0), f.proowner FROM pg_proc AS f JOIN space AS s ON s.oid = f.pronamespace
        )
        SELECT x.what FROM (
            SELECT f.rank, pg_catalog.format('%s belongs to %s', f.what, pg_get_userbyid(f.owner)) AS what
              FROM found AS f
              JOIN pg_roles AS o ON o.oid = f.owner
             CROSS JOIN me
             WHERE NOT (o.rolsuper OR o.oid = me.oid OR (NOT me.rolsuper AND pg_has_role(current_user, o.oid, 'MEMBER')))
            UNION ALL
            SELECT 4, pg_describe_object('pg_trigger'::regclass, t.oid, 0) || ' does not belong there'
              FROM pg_trigger AS t JOIN relation AS c ON c.oid = t.tgrelid
             WHERE NOT t.tgisinternal AND t.tgname <> 'event_append_only'
            UNION ALL
            SELECT 5, pg_describe_object('pg_rewrite'::regclass, r.oid, 0) || ' does not belong there'
              FROM pg_rewrite AS r JOIN relation AS c ON c.oid = r.ev_class
            UNION ALL
            SELECT 6, pg_catalog.format('table %s has row level security or is no ordinary table', c.oid::regclass)
              FROM relation AS c
             WHERE c.relkind IN ('r', 'p', 'v', 'f', 'm') AND (c.relkind <> 'r' OR c.relrowsecurity OR c.relhassubclass)
            UNION ALL
            SELECT 7, pg_catalog.format('column %s of %s has type or default %s', a.attname, c.oid::regclass,
                                        COALESCE(pg_get_expr(d.adbin, d.adrelid), format_type(a.atttypid, a.atttypmod)))
              FROM relation AS c
              JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
              JOIN pg_type AS y ON y.oid = a.atttypid
              LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
             WHERE c.relkind = 'r'
               AND (y.typnamespace <> 'pg_catalog'::regnamespace
                    OR pg_catalog.replace(pg_get_expr(d.adbin, d.adrelid), '"', '') NOT IN ('SESSION_USER', 'clock_timestamp()', 'pg_backend_pid()', '''''::text'))
        ) AS x
         ORDER BY x.rank, x.what LIMIT 1
        """

    /// Through jsonb, because tables of an earlier program lack the last two.
    static let columns = """
        h.rank, h.id, h.description, h.checksum, h.release, h.applied_by, pg_catalog.to_char(h.applied_at AT TIME ZONE 'UTC', \
        'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), h.duration_ms, h.outcome, CASE WHEN h.outcome IN ('running', 'reverting') THEN EXISTS (SELECT FROM \
        pg_catalog.pg_stat_activity AS a WHERE a.pid = h.backend_pid AND a.pid <> pg_catalog.pg_backend_pid() AND (a.backend_start = h.backend_start OR a.backend_start IS NULL)) \
        ELSE false END, \
        pg_catalog.to_jsonb(h) ->> 'built_index', pg_catalog.to_jsonb(h) ->> 'verified_before'
        """

    static func selectAll(project: String) -> String {
        "SELECT \(columns) FROM domainflow_migrate.history AS h WHERE h.project = \(Literal.text(project)) ORDER BY h.id"
    }

    static func selectOne(project: String, number: Int) -> String {
        "SELECT \(columns) FROM domainflow_migrate.history AS h WHERE h.project = \(Literal.text(project)) AND h.id = \(number)"
    }

    private static func key(_ project: String) -> String {
        "pg_catalog.hashtextextended(\(Literal.text("domainflow_migrate:" + project)), 0)"
    }

    /// Serialises the runners of one project. The lock lasts only as long as a transaction, so none is stranded behind a pooler.
    static func tryLock(project: String) -> String { "SELECT pg_catalog.pg_try_advisory_xact_lock(\(key(project)))" }

    /// The same lock for the session, and so for a whole run. NULL behind a pooler, where it would stay with somebody else's backend.
    static func tryRunLock(project: String, backend: Int32) -> String {
        "SELECT CASE WHEN pg_catalog.pg_backend_pid() = \(backend) THEN pg_catalog.pg_try_advisory_lock(\(key(project))) END"
    }

    static func releaseRunLock(project: String) -> String { "SELECT pg_catalog.pg_advisory_unlock(\(key(project)))" }

    /// Steps recorded after the plan was made.
    static func selectNew(project: String, after rank: Int) -> String {
        "SELECT \(columns) FROM domainflow_migrate.history AS h WHERE h.project = \(Literal.text(project)) AND h.rank > \(rank) ORDER BY h.rank"
    }

    static let thisBackend =
        "pg_catalog.pg_backend_pid(), (SELECT backend_start FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid())"

    /// Takes the next rank; the runner's lock prevents two runners from taking the same one.
    static func insert(
        project: String, step: Step, release: String?, duration: Double?, outcome: StepOutcome, ownedByThisBackend: Bool = false
    ) -> String {
        let owner = ownedByThisBackend ? thisBackend : "NULL, NULL"
        let rank = "(SELECT COALESCE(max(rank), 0) + 1 FROM domainflow_migrate.history WHERE project = \(Literal.text(project)))"
        return """
            INSERT INTO domainflow_migrate.history \
            (project, rank, id, description, checksum, release, duration_ms, outcome, parts, backend_pid, backend_start) \
            SELECT \(Literal.text(project)), \(rank), \(step.number), \(Literal.text(step.slug)), \
            \(Literal.text(step.checksum)), \(Literal.text(release)), \(duration.map { "\($0)" } ?? "NULL"), \
            '\(outcome.rawValue)', \(Literal.text(step.parts)), \(owner)
            """
    }

    static func delete(project: String, number: Int) -> String {
        "DELETE FROM domainflow_migrate.history WHERE project = \(Literal.text(project)) AND id = \(number)"
    }

    /// Gives a step outside a transaction, or its down file, to this backend.
    static func own(project: String, number: Int, outcome: StepOutcome, verifiedBefore: Bool?) -> String {
        "UPDATE domainflow_migrate.history SET outcome = '\(outcome.rawValue)', built_index = NULL, "
            + "verified_before = \(verifiedBefore.map { "\($0)" } ?? "NULL"), (backend_pid, backend_start) = (SELECT \(thisBackend)) "
            + "WHERE project = \(Literal.text(project)) AND id = \(number)"
    }

    /// Where this backend is the owner of a step: says what became of it.
    static func end(project: String, number: Int, outcome: StepOutcome, index: Int? = nil, duration: Double? = nil) -> String {
        "UPDATE domainflow_migrate.history SET outcome = '\(outcome.rawValue)', backend_pid = NULL, backend_start = NULL, "
            + "built_index = \(Literal.number(index))"
            + (duration.map { ", duration_ms = \($0), applied_at = pg_catalog.clock_timestamp()" } ?? "")
            + " WHERE \(mine(project, number))"
    }

    static func mine(_ project: String, _ number: Int) -> String {
        "project = \(Literal.text(project)) AND id = \(number) AND outcome IN ('running', 'reverting') AND backend_pid = pg_catalog.pg_backend_pid()"
    }

    static func event(
        project: String, step: Int?, what: String, attempt: Int? = nil, duration: Double? = nil, failure: StepFailure? = nil,
        message: String? = nil
    ) -> String {
        """
        INSERT INTO domainflow_migrate.event (project, step, what, attempt, duration_ms, sqlstate, message, statement, file, line) VALUES \
        (\(Literal.text(project)), \(Literal.number(step == Step.repeatableNumber ? nil : step)), '\(what)', \(Literal.number(attempt)), \(duration.map { "\($0)" } ?? "NULL"), \
        \(Literal.text(failure?.sqlState)), \(Literal.text(failure?.message ?? message)), \(Literal.text(failure?.statement)), \
        \(Literal.text(failure?.file)), \(Literal.number(failure?.line)))
        """
    }
}
