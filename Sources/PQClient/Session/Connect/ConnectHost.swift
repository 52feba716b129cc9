import CLibPQ
import Foundation

/// One of the servers that a connection string names.
struct ConnectHost: Equatable {
    var host: String
    /// The address, where the connection string gives one.
    var address: String
    var port: String

    /// The servers that libpq goes through, in order.
    static func list(of pg: OpaquePointer) -> [ConnectHost] {
        func items(_ name: String) -> [String] {
            option(name, of: pg).split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let (hosts, addresses, ports) = (items("host"), items("hostaddr"), items("port"))
        return (0..<max(hosts.count, addresses.count)).map { index in
            ConnectHost(
                host: index < hosts.count ? hosts[index] : "", address: index < addresses.count ? addresses[index] : "",
                // One port stands for all hosts.
                port: ports.count == 1 ? ports[0] : index < ports.count ? ports[index] : "")
        }
    }

    /// Whether libpq is at this one.
    func isCurrent(in pg: OpaquePointer) -> Bool {
        func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }
        let name = host.isEmpty ? address : host
        return (name.isEmpty || name == text(PQhost(pg))) && (port.isEmpty || port == text(PQport(pg)))
            && (address.isEmpty || address == text(PQhostaddr(pg)))
    }

    /// The same host by its other addresses; none if the connection string gave the address.
    func elsewhere(than silent: String) -> [ConnectHost] {
        guard address.isEmpty, !silent.isEmpty, !host.isEmpty else { return [] }
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, nil, &first) == 0 else { return [] }
        defer { freeaddrinfo(first) }
        var hosts: [ConnectHost] = []
        var next = first
        while let entry = next {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            if getnameinfo(entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 {
                let other = ConnectHost(host: host, address: text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }, port: port)
                // Once for each kind of socket.
                if other.address != silent, !hosts.contains(other) { hosts.append(other) }
            }
            next = entry.pointee.ai_next
        }
        return hosts
    }

    /// The keywords that make libpq go through these.
    static func settings(_ hosts: [ConnectHost]) -> [(String, String)] {
        [
            ("host", hosts.map(\.host).joined(separator: ",")), ("hostaddr", hosts.map(\.address).joined(separator: ",")),
            ("port", hosts.map(\.port).joined(separator: ",")),
        ]
    }

    /// `connect_timeout`, which counts for each host; nil if there is none.
    static func timeout(of pg: OpaquePointer) -> Duration? {
        Int(option("connect_timeout", of: pg).trimmed).flatMap { $0 > 0 ? .seconds($0) : nil }
    }

    private static func option(_ name: String, of pg: OpaquePointer) -> String {
        guard let options = PQconninfo(pg) else { return "" }
        defer { PQconninfoFree(options) }
        var option = options
        while let keyword = option.pointee.keyword {
            if String(cString: keyword) == name { return option.pointee.val.map { String(cString: $0) } ?? "" }
            option += 1
        }
        return ""
    }
}

extension ConnectHost: CustomStringConvertible {
    var description: String { "\"\(host.isEmpty ? address : host)\", port \(port)" }
}
