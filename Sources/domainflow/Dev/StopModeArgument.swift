import ArgumentParser
import DevCluster

enum StopModeArgument: String, ExpressibleByArgument, CaseIterable {
    case smart, fast, immediate

    var value: DevCluster.StopMode {
        switch self {
        case .smart: .smart
        case .fast: .fast
        case .immediate: .immediate
        }
    }
}
