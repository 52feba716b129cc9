import RaceLab

extension RaceMutate {
    /// `--generated`: mutants that rules make.
    func runGenerated() async throws {
        let explanations = try generation.explanationFile.map { path in try RaceOptions.reporting { try EquivalentMutants(path: path) } }
        let files = try generation.testFolder.map(TestFile.all) ?? []
        let judges = generation.noScenarios ? [] : try Self.judges()
        if files.isEmpty, judges.isEmpty {
            throw CommandFailure(.usage, "there is nothing to judge by: pass --tests, or leave out --no-scenarios")
        }
        try junit.write(GeneratedReport(total: 0).junit)
        let server = try await options.connection.resolve()
        let stop = Interrupt.watch()
        let lab = try await MutantLab.make(
            server: server, schema: generation.schema, setup: generation.setup, needsPgTAP: !files.isEmpty && !generation.list)
        let trial =
            generation.noScenarios
            ? nil : self.trial(server: server, seconds: seconds ?? 1.5, exploreSeconds: max(10, seconds ?? 0), template: lab.template)
        let end = await Result<Void, any Error>.async {
            let mutants = try self.mutants(of: lab.functions)
            if generation.list { return list(mutants) }
            try await judge(mutants, lab, files, judges, trial, explanations, stop)
        }
        try? await trial?.finish()
        try? await lab.drop()
        do { try end.get() } catch { throw RaceOptions.translated(error) }
    }

    private func mutants(of functions: [MutatedFunction]) throws -> [GeneratedMutant] {
        let hint = "The lab's own database has DomainFlow and what the files that --setup names create in it; --schema names the schema."
        guard !functions.isEmpty else {
            throw CommandFailure(.badInput, "schema \(generation.schema) has no PL/pgSQL or SQL function", hint: hint)
        }
        for name in names where !functions.contains(where: { $0.isNamed(name) }) {
            throw CommandFailure(.badInput, "schema \(generation.schema) has no PL/pgSQL or SQL function \(name)", hint: hint)
        }
        let chosen = functions.filter { function in names.isEmpty || names.contains { function.isNamed($0) } }
        let mutants = chosen.flatMap { MutantGenerator.mutants(of: $0.name, definition: $0.definition, isProcedural: $0.isProcedural) }
        guard !mutants.isEmpty else {
            throw CommandFailure(.badInput, "no rule applies to the \(chosen.count) functions of \(generation.schema)")
        }
        return mutants
    }

    private func list(_ mutants: [GeneratedMutant]) {
        for mutant in mutants { Output.line("# \(mutant.function):\(mutant.line)\n\(mutant.heading)\n") }
        Output.line("\(OutputFormat.count(mutants.count)) mutants")
    }

    private func judge(
        _ mutants: [GeneratedMutant], _ lab: MutantLab, _ files: [TestFile], _ judges: [GeneratedTrial.Judge], _ trial: MutationTrial?,
        _ explanations: EquivalentMutants?, _ stop: StopFlag
    ) async throws {
        var judging = GeneratedTrial(
            functions: lab.functions, files: files, scenarios: judges, databases: lab.copies, checksNames: lab.checksNames, trial: trial,
            explanations: explanations, skipsExplained: generation.skipExplained)
        let began = ContinuousClock.now
        judging.files = try await lab.measured(judging.neededFiles(for: mutants), stop: stop)
        var report = GeneratedReport(total: mutants.count)
        if let explanations {
            report.stale = explanations.stale(among: mutants, functions: Set(mutants.map(\.function))).map {
                "\(explanations.file):\($0.line): no mutant of \($0.function) fits this explanation"
            }
        }
        let end = await Result<Void, any Error>.async {
            try await judging.run(mutants, jobs: jobs, stop: stop) { mutant, verdict in
                report.add(mutant, verdict)
                if options.json { try Output.json(verdict, compact: true) }
            }
        }
        if stop.isSet { report.skipRest(of: mutants) }
        try junit.write(report.junit)
        try end.get()
        if !options.json {
            report.printTable(options.tables)
            report.printSurvivors()
            Output.line("\(report.summary), in \(OutputFormat.duration(began.duration(to: .now)))")
        }
        report.printProblems()
        if stop.isSet { throw CommandFailure.interrupted("\(report.verdicts.count) of \(mutants.count) mutants were tried") }
        if !report.stale.isEmpty { throw ExitStatus.badInput.code }
        if report.count(.survived) > 0 { throw ExitStatus.failed.code }
    }

    /// All built-in scenarios.
    private static func judges() throws -> [GeneratedTrial.Judge] {
        try RaceOptions.scenarios([]).map { scenario in
            GeneratedTrial.Judge(
                scenario: scenario,
                words: TestFile.words(of: try RaceOptions.reporting { try ScenarioLibrary.source(of: scenario.name).text }))
        }
    }
}

extension MutatedFunction {
    /// Whether a user means it by this name, with or without its schema.
    fileprivate func isNamed(_ name: String) -> Bool { name == self.name || name == word || self.name.hasSuffix(".\(name)") }
}
