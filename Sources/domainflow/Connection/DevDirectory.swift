import DevCluster
import Foundation

/// Where the private PostgreSQL of the current directory is.
enum DevDirectory {
    static var url: URL {
        URL(fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true)
            .appendingPathComponent(".domainflow", isDirectory: true)
    }
}
