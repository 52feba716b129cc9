import CLibPQ
import Foundation

extension Session {
    /// Reads what has arrived into libpq's buffer. False if the connection is broken.
    ///
    /// OpenSSL decrypts whole records, up to 16 KiB, and libpq takes from it what its buffer has room for. The rest is in no socket, so
    /// the poller would never announce it.
    func consumeInput() -> Bool {
        var alive = PQconsumeInput(pg) == 1
        guard isEncrypted else { return alive }
        while alive, let ssl = PQsslStruct(pg, "OpenSSL"), let pending = OpenSSL.pending, pending(ssl) > 0 {
            alive = PQconsumeInput(pg) == 1
        }
        return alive
    }
}

/// The one function of OpenSSL that libpq does not offer; looked up at run time, because libpq has loaded the library already.
private enum OpenSSL {
    typealias Pending = @convention(c) (UnsafeMutableRawPointer) -> Int32

    static let pending: Pending? = dlsym(dlopen(nil, RTLD_NOW), "SSL_pending").map { unsafeBitCast($0, to: Pending.self) }
}
