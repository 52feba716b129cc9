import Testing

@testable import RaceLab

/// What each rule makes of small bodies, and what it leaves alone.
@Suite struct MutantGeneratorTests {
    /// `operator: before -> after` of each mutant.
    private func mutants(_ body: String, procedural: Bool = true) -> [String] {
        made(body, procedural: procedural).map { "\($0.change.rawValue): \($0.before) -> \($0.after)" }
    }

    private func made(_ body: String, procedural: Bool = true) -> [GeneratedMutant] {
        MutantGenerator.mutants(of: "public.f", definition: definition(body, procedural), isProcedural: procedural)
    }

    private func definition(_ body: String, _ procedural: Bool = true) -> String {
        "CREATE OR REPLACE FUNCTION public.f(a integer DEFAULT 1)\n LANGUAGE \(procedural ? "plpgsql" : "sql")\nAS $function$\(body)$function$\n"
    }

    @Test func partsOfConditions() {
        #expect(
            mutants("SELECT 1 FROM t WHERE a IS NULL AND (b OR c) AND d BETWEEN 1 AND 2", procedural: false) == [
                "drop-predicate: a IS NULL AND -> ",
                "drop-predicate: AND (b OR c) -> ",
                "drop-predicate: b OR -> ",
                "drop-predicate: OR c -> ",
                "drop-predicate: AND d BETWEEN 1 AND 2 -> ",
            ])
        #expect(
            mutants("SELECT 1 FROM t JOIN u ON NOT u.x WHERE u.y LIMIT 1", procedural: false) == [
                "drop-predicate: ON NOT u.x -> ON true", "drop-predicate: WHERE u.y -> WHERE true", "drop-limit: LIMIT 1 -> ",
            ])
        #expect(mutants("SELECT 1 FROM t JOIN u ON true", procedural: false).isEmpty)
        #expect(
            mutants("SELECT CASE WHEN a OR b THEN 1 END, count(*) FILTER (WHERE c)", procedural: false) == [
                "drop-predicate: a OR -> ", "drop-predicate: OR b -> ", "drop-predicate: WHERE c -> WHERE true",
            ])
    }

    @Test func clauses() {
        #expect(
            mutants("SELECT array_agg(x ORDER BY y) FROM t ORDER BY z DESC LIMIT (2) FOR NO KEY UPDATE OF t SKIP LOCKED", procedural: false)
                == [
                    "drop-order: ORDER BY y -> ", "drop-order: ORDER BY z DESC -> ", "drop-limit: LIMIT (2) -> ",
                    "drop-lock: FOR NO KEY UPDATE OF t SKIP LOCKED -> ",
                    "drop-lock: FOR NO KEY UPDATE OF t SKIP LOCKED -> FOR NO KEY UPDATE OF t",
                ])
        #expect(mutants("SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM t", procedural: false).isEmpty)
    }

    @Test func comparisonsButNoAssignments() {
        #expect(
            mutants("UPDATE t SET a = 1, b = f(x, y), c = t.c WHERE id OPERATOR(pg_catalog.=) $1 AND n >= -1", procedural: false)
                .filter { $0.hasPrefix("swap") } == [
                    "swap-comparison: n >= -1 -> n > -1"
                ])
        #expect(
            mutants("SELECT f(x => 1), a->>'b', '=' FROM t -- a = b\n", procedural: false).isEmpty)
        #expect(
            mutants("SELECT id OPERATOR(pg_catalog.=) $1", procedural: false) == [
                "swap-comparison: id OPERATOR(pg_catalog.=) $1 -> id OPERATOR(pg_catalog.<>) $1"
            ])
        #expect(mutants("BEGIN v := a = b; END") == ["swap-comparison: a = b -> a <> b"])
    }

    @Test func statements() {
        #expect(
            mutants(
                """

                DECLARE v int := (SELECT 1 WHERE 1 = 1);
                BEGIN
                    IF v IS NULL THEN
                        RAISE EXCEPTION USING ERRCODE = 'DF202';
                    END IF;
                    PERFORM pg_advisory_xact_lock(1);
                    PERFORM public.check();
                    LOCK TABLE t IN SHARE MODE;
                    LOOP
                        EXIT WHEN v > 1;
                        v := v + 1;
                    END LOOP;
                EXCEPTION
                    WHEN OTHERS THEN
                        v := 0;
                        RAISE;
                END
                """) == [
                    "drop-check: IF v IS NULL -> IF false",
                    "drop-lock: PERFORM pg_advisory_xact_lock(1) -> NULL",
                    "move-statement: PERFORM pg_advisory_xact_lock(1); PERFORM public.check() -> PERFORM public.check(); PERFORM pg_advisory_xact_lock(1)",
                    "drop-call: PERFORM public.check() -> NULL",
                    "move-statement: PERFORM public.check(); LOCK TABLE t IN SHARE MODE -> LOCK TABLE t IN SHARE MODE; PERFORM public.check()",
                    "drop-lock: LOCK TABLE t IN SHARE MODE -> NULL",
                    "move-statement: EXIT WHEN v > 1; v := v + 1 -> v := v + 1; EXIT WHEN v > 1",
                    "drop-check: EXIT WHEN v > 1 -> EXIT WHEN false",
                    "swap-comparison: v > 1 -> v >= 1",
                    "move-statement: v := 0; RAISE -> RAISE; v := 0",
                    "swallow-error: RAISE -> NULL",
                ])
    }

    @Test func whatCannotMatterIsLeftOut() {
        #expect(mutants("BEGIN a := 1; b := 2; END").isEmpty, "independent assignments")
        #expect(mutants("BEGIN a := 1; b := a; END").count == 1)
        #expect(mutants("BEGIN RAISE NOTICE 'x'; NULL; END").isEmpty)
        #expect(
            MutantGenerator.mutants(of: "f", definition: "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END", isProcedural: false)
                .isEmpty)
    }

    @Test func aMutantKnowsItsPlace() throws {
        let body = "\nBEGIN\n    DELETE FROM t WHERE a;\n    DELETE FROM t WHERE a;\nEND\n"
        let made = made(body).filter { $0.change == .dropPredicate }
        #expect(made.map(\.line) == [3, 4] && made.map(\.number) == [1, 2])
        #expect(made[1].applied(to: definition(body)) == definition(body.replacing("a;\nEND", with: "true;\nEND")))
        #expect(made[1].heading == "public.f drop-predicate #2\n- WHERE a\n+ WHERE true")
        #expect(MutantGenerator.harmless(definition("SELECT 1 ", false)) == definition("SELECT 1\n-- the same ", false))
    }

    @Test func explanations() throws {
        let made = made("BEGIN DELETE FROM t WHERE a; DELETE FROM t WHERE a; END").filter { $0.change == .dropPredicate }
        let text = "# Why.\n\n\(made[1].heading)\nThe table is\nempty.\n\npublic.f drop-limit\n- LIMIT 1\n+\ngone\n"
        let explained = try EquivalentMutants(text: text, file: "e.txt")
        #expect(explained.explanation(of: made[0]) == nil && explained.explanation(of: made[1])?.reason == "The table is empty.")
        #expect(explained.stale(among: made, functions: ["public.f"]).map(\.line) == [9])
        #expect(explained.stale(among: made, functions: ["public.g"]).isEmpty)
        #expect(
            throws: ScenarioError(
                file: "e.txt", line: 1, column: 1,
                message: "expected a line `schema.function operator`, a line `- text`, a line `+ text` and a reason"
            )
        ) { try EquivalentMutants(text: "public.f drop-limit\n- LIMIT 1\n+\n", file: "e.txt") }
    }
}
