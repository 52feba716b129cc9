import ArgumentParser

/// The campaign to move, who moves it and why; actor and reason go into the state's history.
struct CampaignMoveOptions: ParsableArguments {
    @OptionGroup var target: CampaignTarget

    @Option(help: "Who makes the change. Default: the system user.")
    var actor: String?

    @Option(help: "Why the change is made; recorded in the state's history.")
    var reason: String?
}
