import Foundation
import Testing

@testable import RaceLab

@Suite struct GateSocketTests {
    @Test func onlyASocketWithoutAListenerIsRemoved() throws {
        let (dead, living) = (try GateListener(), try GateListener())
        // As after the end of its process, nobody answers there any more.
        shutdown(dead.descriptor, Int32(SHUT_RDWR))
        let folders = [dead, living].map { String($0.path.dropLast("/gate".count)) }
        #expect(GateSockets.removeAbandoned(dryRun: true).contains(folders[0]))
        let removed = GateSockets.removeAbandoned()
        #expect(removed.contains(folders[0]) && !removed.contains(folders[1]))
        #expect(!FileManager.default.fileExists(atPath: dead.path) && FileManager.default.fileExists(atPath: living.path))
    }
}
