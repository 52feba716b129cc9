import ArgumentParser

/// How the tables of a command are printed.
struct TableOptions: ParsableArguments {
    @Flag(help: "Print tables in full, even if they are wider than the terminal.")
    var wide = false

    /// The width that tables have to fit; nil if nothing is cut.
    var width: Int? { wide || !Output.stdoutIsTerminal ? nil : Output.width(of: .standardOutput) }
}
