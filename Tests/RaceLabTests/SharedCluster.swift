import DevCluster
import Foundation

/// One private server for all tests of this target: each run has databases of its own in it.
actor SharedCluster {
    static let shared = SharedCluster()
    private var cluster: DevCluster?

    func get() async throws -> DevCluster {
        if let cluster { return cluster }
        let cluster = try DevCluster.temporary()
        self.cluster = cluster
        return cluster
    }
}
