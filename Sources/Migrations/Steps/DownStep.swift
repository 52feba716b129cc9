/// The statements that revert a step: NNNN_slug.down.sql.
public struct DownStep: Sendable {
    public let file: String
    public let header: StepHeader
    public let expanded: ExpandedText

    public func statements() throws(MigrationError) -> [SQLStatement] {
        try Step.statements(of: expanded, transactional: header.transactional, file: file)
    }
}
