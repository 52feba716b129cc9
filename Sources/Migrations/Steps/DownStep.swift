/// The statements that revert a step: NNNN_slug.down.sql.
public struct DownStep: Sendable {
    public let file: String
    public internal(set) var header: StepHeader
    public let expanded: ExpandedText
    var values: [String: String]?

    public func statements() throws(MigrationError) -> [SQLStatement] {
        try Step.statements(of: expanded, header: header, file: file, values: values)
    }
}
