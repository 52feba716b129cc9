import ArgumentParser

/// Which of the pending steps a run takes.
struct MigrateRangeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The last step to apply. Default: the last one there is.", valueName: "number"))
    var target: Int?

    @Flag(help: "Allow pending steps with lower numbers than a step that is already applied.")
    var allowOutOfOrder = false
}
