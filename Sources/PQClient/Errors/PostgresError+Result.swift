import CLibPQ

extension PostgresError {
    /// The fields of an error (or notice) that the server, or libpq on its behalf, put into a result.
    init(result: OpaquePointer) {
        func field(_ code: Character) -> String? {
            guard let text = PQresultErrorField(result, Int32(code.asciiValue!)) else { return nil }
            return String(cString: text)
        }
        let message = field("M") ?? String(cString: PQresultErrorMessage(result)).trimmed
        let state = field("C")
        // libpq itself makes results without an SQLSTATE, when the connection breaks or the server violates the protocol.
        self.init(state == nil ? .connection : .server, message, sqlState: state)
        self.detail = field("D")
        self.hint = field("H")
        self.context = field("W")
        self.position = field("P").flatMap { Int($0) }
        self.internalQuery = field("q")
        self.internalPosition = field("p").flatMap { Int($0) }
        self.severity = field("V") ?? field("S")
        self.schema = field("s")
        self.table = field("t")
        self.column = field("c")
        self.dataType = field("d")
        self.constraint = field("n")
    }

    /// What libpq says about the connection itself.
    init(_ kind: Kind, connection: OpaquePointer?, otherwise fallback: String = "connection to the server lost") {
        let text = connection.map { String(cString: PQerrorMessage($0)).trimmed } ?? ""
        self.init(kind, text.isEmpty ? fallback : text)
    }

    /// Why a connection could not be opened. libpq gives the server's words in its verbose form, `FATAL:  28P01: text` and a line with
    /// the place in the server's source, which holds the SQLSTATE.
    init(connecting pg: OpaquePointer) {
        self.init(.connection, connection: pg, otherwise: "no connection to the server")
        let lines = self.message.split(separator: "\n").filter { !$0.contains(#/, \w+\.c:\d+$/#) }
        self.message = lines.map { line in
            guard let code = line.firstMatch(of: #/: {2}([0-9A-Z]{5}): /#) else { return String(line) }
            self.sqlState = String(code.1)
            return line.replacingCharacters(in: code.range, with: ":  ")
        }.joined(separator: "\n")
    }
}

extension String {
    /// Without the line end that libpq puts after its messages.
    var trimmed: String {
        var text = Substring(self)
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
