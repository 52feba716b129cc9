extension Step {
    /// The names that this step, its down file or their verify statements ask values for.
    var placeholders: [String] {
        ([expanded.text] + [down?.expanded.text].compactMap { $0 } + (header.verify + (down?.header.verify ?? [])).map(\.sql))
            .flatMap(Placeholder.names)
    }

    func bound(to values: [String: String]) -> Step {
        var step = self
        step.values = values
        step.header = header.bound(to: values)
        step.down?.values = values
        if let down { step.down?.header = down.header.bound(to: values) }
        return step
    }
}

extension StepHeader {
    fileprivate func bound(to values: [String: String]) -> StepHeader {
        var header = self
        for place in verify.indices { header.verify[place].sql = Placeholder.bind(verify[place].sql, to: values).text }
        return header
    }
}
