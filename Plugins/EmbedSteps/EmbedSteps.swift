// Embeds the SQL steps (for the race lab, the scenarios) in the program, so that it works from any folder.
import Foundation
import PackagePlugin

@main
struct EmbedSteps: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
        let package = context.package.directoryURL
        let (folder, type): (String, String) = target.name == "RaceLab" ? ("Scenarios", "EmbeddedScenarios") : ("sql", "EmbeddedSteps")
        let root = package.appending(path: folder)
        let output = context.pluginWorkDirectoryURL.appending(path: "\(type).swift")
        var inputs: [URL] = []
        if let walk = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil) {
            for case let file as URL in walk where ["sql", "lock", "spec"].contains(file.pathExtension) { inputs.append(file) }
        }
        return [
            .buildCommand(
                displayName: "Embedding \(folder)", executable: try context.tool(named: "embed-steps").url,
                arguments: [root.path(percentEncoded: false), type, output.path(percentEncoded: false)],
                inputFiles: inputs.sorted { $0.path < $1.path }, outputFiles: [output])
        ]
    }
}
