import Foundation

/// The user that PostgreSQL runs as: the caller, or an unprivileged user if the caller is root, as whom PostgreSQL refuses to run.
struct ClusterUser: Sendable, Hashable {
    let name: String
    let uid: uid_t
    let gid: gid_t
    /// We are root and run the server as another user.
    let isDropped: Bool

    static func current() throws -> ClusterUser {
        let uid = geteuid()
        guard uid == 0 else {
            return ClusterUser(name: named(uid)?.name ?? "uid \(uid)", uid: uid, gid: getegid(), isDropped: false)
        }
        for candidate in ["postgres", "nobody", "daemon"] {
            if let entry = named(candidate), entry.uid != 0 {
                return ClusterUser(name: candidate, uid: entry.uid, gid: entry.gid, isDropped: true)
            }
        }
        throw DevClusterError(
            "PostgreSQL refuses to run as root, and there is no user postgres, nobody or daemon to run it as",
            hint: "create one: useradd --system postgres")
    }

    /// The words before a command that make it run as this user. Each of these programs replaces itself by the command, so the process id
    /// stays the same.
    var prefix: [String] {
        guard isDropped else { return [] }
        for path in ["/usr/bin/setpriv", "/bin/setpriv"] where access(path, X_OK) == 0 {
            return [path, "--reuid=\(uid)", "--regid=\(gid)", "--clear-groups", "--"]
        }
        return ["/usr/bin/sudo", "-n", "-u", name, "--"]
    }

    /// Gives a file or directory to this user.
    func own(_ path: String) throws {
        guard isDropped else { return }
        guard lchown(path, uid, gid) == 0 else { throw ChownRefused(path: path, code: errno) }
    }

    /// The file system does not let root change owners (some network and shared folders).
    struct ChownRefused: Error {
        var path: String
        var code: Int32
    }

    private static func named(_ name: String) -> (uid: uid_t, gid: gid_t)? {
        guard let entry = getpwnam(name) else { return nil }
        return (entry.pointee.pw_uid, entry.pointee.pw_gid)
    }

    private static func named(_ uid: uid_t) -> (name: String, gid: gid_t)? {
        guard let entry = getpwuid(uid) else { return nil }
        return (String(cString: entry.pointee.pw_name), entry.pointee.pw_gid)
    }
}
