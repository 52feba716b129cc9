import Foundation

/// Files and directories, with errors that name the path and tell a full disk from other failures.
enum ClusterFiles {
    static func makeDirectory(_ path: String, mode: mode_t, owner: ClusterUser? = nil) throws {
        if mkdir(path, mode) != 0 {
            let code = errno
            guard code == EEXIST else { throw failure("\(path) cannot be created", code, near: path) }
            var info = stat()
            guard lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else {
                throw DevClusterError("\(path) is in the way: it is not a directory")
            }
            // In /tmp any user may have created it first.
            guard info.st_uid == geteuid() || info.st_uid == owner?.uid else {
                throw DevClusterError("\(path) belongs to another user", hint: "remove it, or work in another directory")
            }
        }
        guard chmod(path, mode) == 0 else { throw failure("the mode of \(path) cannot be set", errno, near: path) }
        try owner?.own(path)
    }

    /// Writes the whole file or nothing: a crash or a full disk leaves the old file.
    static func write(_ text: String, to path: String, owner: ClusterUser? = nil) throws {
        let temporary = path + ".new"
        let descriptor = open(temporary, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("\(temporary) cannot be written", errno, near: path) }
        let bytes = Array(text.utf8)
        let written = Foundation.write(descriptor, bytes, bytes.count)
        let code = errno
        close(descriptor)
        guard written == bytes.count else {
            unlink(temporary)
            throw failure("\(temporary) cannot be written", written < 0 ? code : ENOSPC, near: path)
        }
        try owner?.own(temporary)
        guard rename(temporary, path) == 0 else { throw failure("\(path) cannot be written", errno, near: path) }
    }

    static func remove(_ path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw DevClusterError("\(path) cannot be removed: \(error.localizedDescription)")
        }
    }

    static func lastLines(of path: String, _ count: Int = 12) -> String {
        guard let data = FileManager.default.contents(atPath: path) else { return "" }
        let text = String(decoding: data.suffix(8192), as: UTF8.self)
        return text.split(separator: "\n").suffix(count).joined(separator: "\n")
    }

    static func failure(_ what: String, _ code: Int32, near path: String) -> DevClusterError {
        if code == ENOSPC || code == EDQUOT { return diskFull(near: path) }
        return DevClusterError("\(what): \(String(cString: strerror(code)))")
    }

    static func diskFull(near path: String, output: String? = nil) -> DevClusterError {
        var info = statvfs()
        var existing = path
        while statvfs(existing, &info) != 0, existing.count > 1 {
            existing = (existing as NSString).deletingLastPathComponent
        }
        let free = UInt64(info.f_bavail) * UInt64(info.f_frsize) / 1_048_576
        return DevClusterError(
            "no space left on the disk: \(free) MB are free at \(path)",
            hint: "a new cluster takes about 50 MB, and PostgreSQL keeps up to 1 GB of log (WAL); make room and start again",
            output: output)
    }
}
