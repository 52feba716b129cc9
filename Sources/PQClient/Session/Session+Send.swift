import CLibPQ

extension Session {
    func send(_ request: Request) throws(PostgresError) {
        switch request.body {
        case .script(let text), .copyIn(let text), .copyOut(let text):
            try refuseNUL(text)
            request.startedInTransaction = transactionStatus == .inTransaction
            try sent(PQsendQuery(pg, text))
        case .statement(let query):
            guard let name = statementCache?.name(for: query.sql) else { return try sendUnnamed(query, for: request) }
            request.body = .named(query, name: name)
            try send(request)
        case .rows(let query):
            request.startedInTransaction = transactionStatus == .inTransaction
            // Not by a thread of its own: the mode is to be set before anything else happens.
            try sendUnnamed(query)
            try sent(PQsetSingleRowMode(pg))
        case .named(let query, let name):
            if let statement = try statements.find(name, query) {
                request.preparing = false
                try sendNamed(query, statement.serverName, for: request)
            } else {
                request.preparing = true
                try sendPrepare(query, name)
            }
        case .pipeline(let run):
            try startPipeline(run, request)
        }
    }

    /// - Parameter request: nil in a pipeline.
    func sendUnnamed(_ query: PostgresQuery, for request: Request? = nil) throws(PostgresError) {
        try refuseNUL(query.sql)
        try parameters.with(query.binds) { (count, types, values, lengths, formats) throws(PostgresError) in
            if isLarge, let request {
                let format = format(of: query)
                return sendElsewhere(request) { [pg] in PQsendQueryParams(pg, query.sql, count, types, values, lengths, formats, format) }
            }
            try sent(PQsendQueryParams(pg, query.sql, count, types, values, lengths, formats, format(of: query)))
        }
    }

    func sendNamed(
        _ query: PostgresQuery, _ serverName: UnsafePointer<CChar>, for request: Request? = nil
    ) throws(PostgresError) {
        try parameters.with(query.binds) { (count, _, values, lengths, formats) throws(PostgresError) in
            if isLarge, let request {
                let (format, name) = (format(of: query), String(cString: serverName))
                return sendElsewhere(request) { [pg] in PQsendQueryPrepared(pg, name, count, values, lengths, formats, format) }
            }
            try sent(PQsendQueryPrepared(pg, serverName, count, values, lengths, formats, format(of: query)))
        }
    }

    func sendPrepare(_ query: PostgresQuery, _ name: String) throws(PostgresError) {
        try refuseNUL(query.sql)
        try parameters.with(query.binds) { (count, types, _, _, _) throws(PostgresError) in
            try sent(PQsendPrepare(pg, statements.nextServerName(name), query.sql, count, types))
        }
    }

    private func format(of query: PostgresQuery) -> Int32 { (query.resultFormat ?? resultFormat).rawValue }

    private func sent(_ status: Int32) throws(PostgresError) {
        guard status == 1 else { throw PostgresError(.usage, connection: pg, otherwise: "the statement was not sent") }
    }

    private func refuseNUL(_ text: String) throws(PostgresError) {
        // libpq takes C strings: everything after a NUL would silently be left out.
        guard !text.containsNUL else {
            throw PostgresError(.usage, "the text contains a NUL character, which PostgreSQL does not accept")
        }
    }
}
