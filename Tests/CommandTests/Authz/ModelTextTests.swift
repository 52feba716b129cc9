import DomainFlow
import Foundation
import Testing

@testable import domainflow

/// What is shown of models and trees, without a server.
@Suite struct ModelTextTests {
    private func changes(_ old: String, _ new: String) -> [String] {
        ModelChange.all(from: ModelRelations(old), to: ModelRelations(new)).map { "\($0.kind.rawValue) \($0.name)" }
    }

    @Test func relationsAreReadHoweverTheyAreSpaced() {
        let model = ModelRelations(
            "model schema 1.1\r\ntype user # who\n# define nothing: [user]\ntype doc relations\n"
                + " define a:[ user,user:* , group#member ]or( b and c )but not d\n define b: x from y")
        #expect(model.names == ["user", "doc", "doc#a", "doc#b"])
        #expect(model.expressions["doc#a"] == "[user, user:*, group#member] or (b and c) but not d")
        #expect(model.expressions["doc#b"] == "x from y" && model.expressions["user"] == "")
    }

    @Test func relationsMayBeNamedLikeKeywords() {
        let model = ModelRelations("model schema 1.1 type type relations define define: [type] define type: define or type from define")
        #expect(model.names == ["type", "type#define", "type#type"])
        #expect(model.expressions["type#type"] == "define or type from define")
    }

    @Test func aTextThatBreaksOffIsReadAsFarAsItGoes() {
        for text in ["", "type", "type a relations define", "define", "type a define b :", "define b: [user"] {
            #expect(ModelRelations(text).names.count <= 2, "\(text)")
        }
    }

    @Test func changesAreThoseOfMeaning() {
        let old = "model schema 1.1 type user type doc relations define a: [user] define b: a define c: b"
        #expect(changes(old, old.replacing(" define", with: "\n  define")).isEmpty)
        #expect(
            changes(old, "model schema 1.1 type user type doc relations define b: [user] define d: b type team")
                == ["changed doc#b", "added doc#d", "added team", "removed doc#a", "removed doc#c"])
    }

    @Test func branchesEndWithTheirLastRow() {
        let depths = [0, 1, 2, 3, 2, 1, 2, 0]
        let steps = depths.enumerated().map { AccessStep(depth: $1, step: "\($0)", verdict: $0 == 3 ? nil : .no) }
        #expect(
            AccessTree.text(steps, colored: false) == """
                0: no
                ├─ 1: no
                │  ├─ 2: no
                │  │  └─ 3
                │  └─ 4: no
                └─ 5: no
                   └─ 6: no
                7

                """)
        #expect(
            AccessTree.text([AccessStep(depth: 0, step: "a\u{1B}[2Jb", verdict: .perhaps)], colored: true)
                == "a\\x1b[2Jb: \u{1B}[33mperhaps\u{1B}[0m\n")
        #expect(AccessTree.text([], colored: false).isEmpty)
    }
}
