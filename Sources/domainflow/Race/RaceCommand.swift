import ArgumentParser
import RaceLab

struct RaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "race",
        abstract: "Find races in stored functions: hammer them with many clients, or try the orders of their statements.",
        discussion: """
            Each scenario runs in a database of its own that is made for it and dropped afterwards, on the server the \
            connection names; no data of yours is touched. Scenarios come with the program; a path to a .spec file runs yours.
            """,
        subcommands: [
            RaceInit.self, RaceRun.self, RaceExplore.self, RaceMutate.self, RaceCheck.self, RaceSpec.self, RaceList.self, RaceShow.self,
        ])
}
