import Foundation

/// Where a server listens, taken from a URI with `host=<folder of the socket>`.
struct ServerAddress {
    private let base: Substring
    private let settings: [(name: Substring, value: Substring)]

    init(url: String) throws {
        let parts = url.split(separator: "?", maxSplits: 1)
        base = parts[0]
        settings = (parts.count == 2 ? parts[1] : "").split(separator: "&").map { item in
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (pair[0], pair.count == 2 ? pair[1] : "")
        }
        guard self["host"]?.hasPrefix("/") == true || self["host"]?.hasPrefix("%2F") == true else {
            throw DevClusterError("\(url) does not name the folder of a Unix socket", hint: "the proxy connects by host=/folder")
        }
    }

    private subscript(name: String) -> String? { settings.first { $0.name == name }?.value.removingPercentEncoding }

    var socketPath: String { "\(self["host"]!)/.s.PGSQL.\(self["port"] ?? "5432")" }

    func url(host: String, port: Int) -> String {
        let kept = settings.filter { !["host", "port", "sslmode", "gssencmode"].contains($0.name) }
        let items = kept.map { "\($0.name)=\($0.value)" } + ["host=\(host)", "port=\(port)", "sslmode=disable"]
        return base + "?" + items.joined(separator: "&")
    }
}
