import Foundation
import Testing

@testable import RaceLab

/// Checks of the history as part of a scenario, on functions with and without their protection.
struct HammerCheckTests {
    private static let scenario = """
        connections 8
        rows 2
        setup {
            CREATE TABLE public.counter (id int PRIMARY KEY, version bigint NOT NULL DEFAULT 0);
            INSERT INTO public.counter (id) VALUES (1), (2);
            CREATE FUNCTION public.add_one(p_id int, OUT race_key int, OUT race_read bigint, OUT race_write bigint) LANGUAGE plpgsql AS $$
            BEGIN
                race_key := p_id;
                SELECT version INTO race_read FROM public.counter WHERE id = p_id FOR UPDATE;
                PERFORM pg_sleep(0.0005);
                race_write := race_read + 1;
                UPDATE public.counter SET version = race_write WHERE id = p_id;
            END $$;
        }
        operation "add" let k = random(1, rows) { SELECT * FROM public.add_one(:k::int) }
        operation "look" { SELECT id AS race_key, version AS race_read FROM public.counter }
        check versions, linearizable, serializable
        mutant "no row lock" in public.add_one replace ' FOR UPDATE' with ''
        """

    private func hammer(_ text: String, mutant: Int? = nil) async throws -> RaceReport {
        var options = Hammer.Options(
            seed: 5, historyFolder: FileManager.default.temporaryDirectory.appending(path: "race-\(UUID().uuidString)"))
        options.seconds = 0.5
        options.template = try await LabCluster.template()
        let hammer = Hammer(server: try await LabCluster.get().url, options: options)
        let scenario = try Scenario(name: "test/checked", file: "checked.spec", text: text)
        let result = await Result.async { try await hammer.run(scenario, mutant: mutant.map { scenario.mutants[$0] }) }
        try await hammer.finish()
        return try result.get()
    }

    @Test func correctCodeHolds() async throws {
        let report = try await hammer(Self.scenario)
        #expect(report.held, "\(report.reasons)")
        #expect(report.invariants.map(\.name) == ["versions", "linearizable", "serializable"])
    }

    @Test func aMutantIsKilledAndTheCycleIsNamed() async throws {
        let report = try await hammer(Self.scenario, mutant: 0)
        #expect(!report.held)
        let found = Dictionary(uniqueKeysWithValues: report.invariants.map { ($0.name, $0) })
        #expect(found["versions"]!.violations > 0 && found["versions"]!.samples[0].hasPrefix("fork: "), "\(report.invariants)")
        #expect(found["serializable"]!.samples.contains { $0.hasPrefix("G-single: T") && $0.contains("-rw(") }, "\(report.invariants)")
    }

    /// Nothing to check is no pass.
    @Test func aHistoryWithoutAccessesFails() async throws {
        let report = try await hammer("operation x { SELECT 1 AS id } check versions")
        #expect(!report.held && report.invariants[0].samples[0].contains("answered a row with race_key"), "\(report.reasons)")
    }
}
