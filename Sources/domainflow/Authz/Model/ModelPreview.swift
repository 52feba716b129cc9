/// What a text would make of the model that decides now.
struct ModelPreview {
    var changes: [ModelChange]
    var isUnchanged: Bool
    /// The revision that it becomes.
    var revision: Int

    /// - Parameter before: nil if there is no such model yet.
    init(_ source: String, before: ModelRevision?) {
        changes = ModelChange.all(from: ModelRelations(before?.source ?? ""), to: ModelRelations(source))
        let isSame = before?.source == source
        revision = before.map { isSame ? $0.revision : $0.revision + 1 } ?? 1
        isUnchanged = isSame
    }
}
