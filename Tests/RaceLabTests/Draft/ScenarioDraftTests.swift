import DevCluster
import Foundation
import PQClient
import TestSupport
import Testing

@testable import RaceLab

/// A database of somebody else's, with what scenarios have to copy.
private let shop = """
    CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL);
    CREATE FUNCTION deposit(p_id int, p_amount int) RETURNS int LANGUAGE plpgsql AS $$
    DECLARE b int;
    BEGIN
        SELECT balance INTO b FROM account WHERE id = p_id;
        UPDATE account SET balance = b + p_amount WHERE id = p_id;
        RETURN b + p_amount;
    END $$;
    CREATE FUNCTION withdraw(p_id int, p_amount int) RETURNS int LANGUAGE plpgsql AS $$
    DECLARE b int;
    BEGIN
        SELECT balance INTO b FROM account WHERE id = p_id FOR UPDATE;
        UPDATE account SET balance = b - p_amount WHERE id = p_id;
        RETURN b - p_amount;
    END $$;
    CREATE SCHEMA app;
    CREATE TYPE app.status AS ENUM ('new', 'it''s paid');
    CREATE TYPE app.pair AS (a int, b text);
    CREATE DOMAIN app.price AS numeric(10,2) CHECK (VALUE >= 0);
    CREATE TABLE app.customer (
        customer_id uuid PRIMARY KEY, name text NOT NULL UNIQUE, kind text NOT NULL CHECK (kind IN ('a', 'b')), since date NOT NULL);
    CREATE TABLE app."Order" (
        id bigserial PRIMARY KEY, customer_id uuid NOT NULL REFERENCES app.customer, status app.status NOT NULL DEFAULT 'new',
        total app.price NOT NULL, tags text[] NOT NULL, meta jsonb, created_at timestamptz NOT NULL DEFAULT now(), paid_by int,
        parent bigint REFERENCES app."Order", gross numeric GENERATED ALWAYS AS (total * 1.2) STORED);
    CREATE UNIQUE INDEX one_new ON app."Order" (customer_id, created_at) WHERE status = 'new';
    CREATE TABLE app.log (id int GENERATED ALWAYS AS IDENTITY, what text, at timestamptz DEFAULT clock_timestamp());
    CREATE VIEW app.recent AS SELECT * FROM app.log;
    CREATE FUNCTION app.note(w text) RETURNS void LANGUAGE sql AS $$ INSERT INTO app.log (what) VALUES (w) $$;
    CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM app.note('touched
      twice'); RETURN NEW; END $$;
    CREATE TRIGGER touch AFTER UPDATE ON app."Order" FOR EACH ROW EXECUTE FUNCTION app.touch();
    CREATE FUNCTION app.pay(p_order bigint, p_worker text, p_status app.status DEFAULT 'it''s paid') RETURNS SETOF app."Order"
    LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM app.note('paid');
        RETURN QUERY UPDATE app."Order" SET status = p_status, paid_by = 1 WHERE id = p_order RETURNING *;
    END $$;
    CREATE PROCEDURE app.move(p_from uuid, INOUT n int, p_kinds text[]) LANGUAGE plpgsql AS $$
    BEGIN UPDATE app.customer SET kind = 'b' WHERE customer_id = p_from; n := 1; END $$;
    CREATE FUNCTION over(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION over(a text) RETURNS int LANGUAGE sql AS 'SELECT 2';
    CREATE FUNCTION many(date, interval, boolean, app.status, app.pair, json, VARIADIC int[]) RETURNS app.pair LANGUAGE sql AS $$ SELECT $5 $$;
    CREATE FUNCTION counted(a int) RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM account WHERE id = a; END;
    CREATE FUNCTION looks() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM app.recent $$;
    CREATE FUNCTION "a(b)"("c d" int) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE DOMAIN app.state AS app.status CHECK (VALUE <> 'new');
    CREATE TYPE app.span AS RANGE (SUBTYPE = app.price);
    CREATE FUNCTION app.short(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT left(t, 3) $$;
    CREATE FUNCTION app.is_short(t text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT app.short(t) = t $$;
    CREATE TABLE app.item (
        id int PRIMARY KEY, name text NOT NULL CHECK (NOT app.is_short(name)), states app.state[], pairs app.pair[], prices app.span,
        free boolean NOT NULL DEFAULT true, sold_by int);
    CREATE INDEX item_short ON app.item (app.short(name));
    CREATE VIEW app.shop AS SELECT i.id, app.short(i.name) AS name FROM app.item AS i;
    CREATE VIEW app.window AS SELECT * FROM app.shop;
    CREATE FUNCTION app.sell(p_item_id int, p_other_id int, p_state app.state[]) RETURNS SETOF app.window LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM FROM app.item WHERE id IN (p_item_id, p_other_id) ORDER BY id FOR UPDATE;
        UPDATE app.item SET sold_by = 1 WHERE id IN (p_item_id, p_other_id);
        RETURN QUERY SELECT * FROM app.window WHERE id = p_item_id;
    END $$;
    CREATE FUNCTION app.reopen(p_id int, p_again boolean) RETURNS void LANGUAGE sql AS $$
        UPDATE app.item SET free = true WHERE id = p_id AND p_again
    $$;
    CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
    """

@Suite(.serialized, .blocking, .timeLimit(.minutes(3))) struct ScenarioDraftTests {
    /// What is drafted of a function in a database with the shop in it.
    private func drafting<T>(_ body: (PostgresConnection) async throws -> T) async throws -> T {
        let databases = ScratchDatabases(server: try await LabCluster.get().url)
        let conninfo = try await databases.create(empty: true).conninfo
        let connection = try await PostgresConnection.connect(conninfo)
        let result = await Result.async {
            try await connection.execute(shop)
            return try await body(connection)
        }
        await connection.close()
        try await databases.dropAll()
        return try result.get()
    }

    private func draft(_ name: String) async throws -> String {
        try await drafting { try await ScenarioDraft.read(name, on: $0).text }
    }

    private func explore(_ text: String, mutant: Bool = false) async throws -> ExplorationReport {
        var options = Explorer.Options(seed: 1)
        options.seconds = 20
        options.template = try await LabCluster.template()
        options.gateModule = try await Gate.module.value
        let explorer = Explorer(server: try await LabCluster.get().url, options: options)
        let scenario = try Scenario(name: "draft", file: "draft.spec", text: text)
        let report = try await explorer.run(scenario, mutant: mutant ? scenario.mutants[0] : nil)
        try await explorer.finish()
        return report
    }

    @Test func theLostUpdateIsFoundInAnUnchangedDraft() async throws {
        let report = try await explore(try await draft("deposit"))
        #expect(report.finding?.violation == .notSerial && report.finding?.reproduced == report.finding?.repetitions)
    }

    @Test func aLockIsSeenAndItsLossIsNoticed() async throws {
        let text = try await draft("public.withdraw")
        #expect(text.contains("mutant \"rows are not locked\" in public.withdraw replace 'FOR UPDATE' with ''"))
        #expect(try await explore(text).held)
        #expect(try await explore(text, mutant: true).finding?.violation == .notSerial)
    }

    /// Enum, domain, composite, identity, serial, computed column, checks, keys, trigger, procedure, SQL-standard body.
    @Test(arguments: ["app.pay", "app.move", "over(text)", "\"a(b)\"", "public.\"a(b)\"(int)", "many", "counted", "looks", "app.sell"])
    func draftsRunAsTheyAre(name: String) async throws {
        let text = try await draft(name)
        let report = try await explore(text)
        #expect(report.finding == nil && report.inconclusive == 0 && report.schedules > 0, "\(report.finding?.detail ?? "") \(text)")
        let folder = FileManager.default.temporaryDirectory.appending(path: "race-\(UUID().uuidString)")
        var options = Hammer.Options(seed: 1, historyFolder: folder)
        options.seconds = 0.3
        options.template = try await LabCluster.template()
        let hammer = Hammer(server: try await LabCluster.get().url, options: options)
        let hammered = try await hammer.run(try Scenario(name: "draft", file: "draft.spec", text: text))
        try await hammer.finish()
        try FileManager.default.removeItem(at: folder)
        #expect(!hammered.isBroken && hammered.count > 0, "\(hammered.reasons) \(text)")
    }

    @Test func whatIsLeftToFillInIsSaid() async throws {
        let pay = try await draft("app.pay")
        #expect(pay.contains("# Left out, because they have defaults: p_status."))
        #expect(pay.contains("'touched\n  twice'"), "a function is copied letter by letter: \(pay)")
    }

    /// Two rows are met in both orders; other values are there to be tried.
    @Test func sessionsHaveDifferentArguments() async throws {
        let sell = try await draft("app.sell")
        #expect(sell.contains("session s times 2\nstep call { SELECT * FROM app.sell(1::integer, 2::integer,"), "\(sell)")
        #expect(sell.contains("session other\nstep opposite { SELECT * FROM app.sell(2::integer, 1::integer,"), "\(sell)")
        let drafts = try await drafting { connection in
            let reopen = try await ScenarioDraft.read("app.reopen", on: connection)
            return DraftVariation.all.map { reopen.varied($0).text }
        }
        #expect(try await explore(drafts[0]).exercise.rows == 0)
        #expect(try await explore(drafts[1]).exercise.rows > 0, "\(drafts[1])")
    }

    @Test func namesThatMeanNoFunctionAreRefused() async throws {
        try await drafting { connection in
            for (name, message) in [
                ("depositt", "there is no function depositt in this database; similar: public.deposit"),
                ("xyzzyx", "`\\df` in psql lists them"),
                ("over", "'over' means 2 functions; name one with its argument types: over(integer), over(text)"),
                ("over(uuid)", "there is no over(uuid); there is over(integer), over(text)"),
                ("deposit(nothing)", "deposit(nothing)"),
                ("app.touch", "app.touch is a trigger function"), ("total", "total is an aggregate"),
                ("a b", "'a b' is not a function name"), ("a.b.c", "'a.b.c' is not a function name: write schema.function"),
                ("deposit(", "deposit("), ("", "'' is not a function name"),
            ] {
                do {
                    _ = try await ScenarioDraft.read(name, on: connection)
                    Issue.record("accepted: \(name)")
                } catch {
                    #expect(error is RaceError && "\(error)".contains(message), "\(name): \(error)")
                }
            }
        }
    }

    @Test func bodiesNameTheirTables() {
        let names = CatalogNames(in: "SELECT * FROM App.Log, \"Order\" o, app.\"X\" WHERE o.id = 1 -- other")
        #expect(names.mention(schema: "app", name: "log", path: []) && names.mention(schema: "app", name: "X", path: []))
        #expect(
            names.mention(schema: "public", name: "Order", path: ["public"])
                && names.mention(schema: "public", name: "other", path: ["public"]))
        #expect(
            !names.mention(schema: "public", name: "Order", path: ["app"])
                && !names.mention(schema: "public", name: "log", path: ["public"]))
        #expect(!names.mention(schema: "app", name: "x", path: ["app"]))
    }

    @Test(arguments: [("", "", 0), ("a", "", 1), ("deposit", "depositt", 1), ("deposit", "deopsit", 2), ("kitten", "sitting", 3)])
    func distancesAreThoseOfLevenshtein(one: String, other: String, distance: Int) {
        #expect(Spelling.distance(one, other) == distance && Spelling.distance(other, one) == distance)
    }
}
