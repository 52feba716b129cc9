/// Carries out what the pool's state has decided.
extension PostgresPool {
    func perform(_ actions: [State.Action]) {
        for action in actions {
            switch action {
            case .open: open()
            case .serve(let waiter, let lease): waiter.resume(returning: .success(lease))
            case .refuse(let waiter, let error):
                if error.kind == .timeout { metrics.timedOut() }
                waiter.resume(returning: .failure(error))
            case .close(let connection): connection.closeSoon()
            case .lookInto(let suspect): lookInto(suspect)
            case .returnedAfterAll(let lease, let held): report(lease, held: held, .returnedAfterAll)
            case .drained: endShutdowns()
            }
        }
    }
}
