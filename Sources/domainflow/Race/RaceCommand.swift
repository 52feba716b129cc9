import ArgumentParser
import RaceLab

struct RaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "race",
        abstract: "Find races in stored functions: hammer them with many clients, or explore the orders of their statements.",
        discussion: """
            Each scenario runs in a database of its own, which the command creates on the server and drops afterwards; it does not \
            touch your data. Scenarios are built into the program; to run your own, give the path of a .spec file.
            """,
        subcommands: [
            RaceInit.self, RaceRun.self, RaceExplore.self, RaceMutate.self, RaceCheck.self, RaceSpec.self, RaceList.self, RaceShow.self,
            RaceClean.self,
        ])
}
