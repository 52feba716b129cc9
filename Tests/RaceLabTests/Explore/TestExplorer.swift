@testable import RaceLab

enum TestExplorer {
    static func make(gates: Bool = true, _ change: (inout Explorer.Options) -> Void = { _ in }) async throws -> Explorer {
        var options = Explorer.Options(seed: 1)
        options.seconds = 30
        options.template = try await LabCluster.template()
        options.gateModule = gates ? try await Gate.module.value : nil
        change(&options)
        return Explorer(server: try await LabCluster.get().url, options: options)
    }

    static func scenario(_ text: String) throws -> Scenario { try Scenario(name: "test", file: "test.spec", text: text) }

    /// What one exploration of a scenario shows.
    static func run(_ text: String, gates: Bool = true) async throws -> ExplorationReport {
        let explorer = try await make(gates: gates)
        let report = try await explorer.run(try scenario(text))
        try await explorer.finish()
        return report
    }
}
