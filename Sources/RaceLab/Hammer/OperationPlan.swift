/// An operation ready to run: each variable has a slot, each statement knows which slots it sends.
///
/// A class, because a client takes one for each operation, and copying it would cost more than a short statement's parameters.
final class OperationPlan: Sendable {
    struct Slot: Sendable {
        /// The argument's name in the history; nil for what the history always has (client, sequence …).
        var recordedAs: String?
        var source: Source
    }
    indirect enum Source: Sendable {
        case constant(Int)
        case client, worker, sequence
        case slot(Int)
        case random(Source, Source)
        case field(String)
    }
    struct Statement: Sendable {
        var sql: String
        var name: String
        var slots: [Int]
        var isCommit: Bool

        init(sql: String, name: String, slots: [Int]) {
            (self.sql, self.name, self.slots) = (sql, name, slots)
            isCommit = sql.uppercased().hasPrefix("COMMIT")
        }
    }

    let operation: Scenario.Operation
    let slots: [Slot]
    let statements: [Statement]

    init(_ operation: Scenario.Operation, index: Int, rows: Int, connections: Int) {
        self.operation = operation
        var slots: [Slot] = []
        var statements: [Statement] = []
        var named: [String: Source] = [
            "client": .client, "worker": .worker, "sequence": .sequence, "rows": .constant(rows), "connections": .constant(connections),
        ]
        func source(_ expression: Expression) -> Source {
            switch expression {
            case .number(let value): .constant(value)
            case .name(let name): named[name] ?? .constant(0)
            case .random(let low, let high): .random(source(low), source(high))
            case .field(_, let column): .field(column)
            }
        }
        for binding in operation.bindings {
            slots.append(Slot(recordedAs: binding.name, source: source(binding.value)))
            named[binding.name] = .slot(slots.count - 1)
        }
        var known: [(Expression, Int)] = []
        var randoms = 0
        for (number, statement) in operation.template.statements.enumerated() {
            let used = statement.variables.map { variable -> Int in
                if case .name(let name) = variable, case .slot(let slot)? = named[name] { return slot }
                if let slot = known.first(where: { $0.0 == variable })?.1 { return slot }
                switch variable {
                case .random:
                    randoms += 1
                    slots.append(Slot(recordedAs: randoms == 1 ? "random" : "random\(randoms)", source: source(variable)))
                    return slots.count - 1
                case .field(_, let column): slots.append(Slot(recordedAs: column, source: .field(column)))
                default: slots.append(Slot(recordedAs: nil, source: source(variable)))
                }
                known.append((variable, slots.count - 1))
                return slots.count - 1
            }
            statements.append(Statement(sql: statement.sql, name: "race_\(index)_\(number)", slots: used))
        }
        (self.slots, self.statements) = (slots, statements)
    }

    /// The slots' values for one run.
    func values(
        client: Int, sequence: Int, input: [CapturedRow], _ generator: inout SplitMix64
    ) throws(MissingColumn) -> [String?] {
        var values: [String?] = []
        values.reserveCapacity(slots.count)
        func number(_ source: Source) -> Int {
            switch source {
            case .constant(let value): value
            case .client: client
            case .sequence: sequence
            case .slot(let slot): values[slot].flatMap { Int($0) } ?? 0
            default: 0
            }
        }
        for slot in slots {
            switch slot.source {
            case .worker: values.append("client-\(client)")
            case .slot(let other): values.append(values[other])
            case .random(let a, let b):
                let (low, high) = (number(a), number(b))
                values.append(String(Int.random(in: min(low, high)...max(low, high), using: &generator)))
            case .field(let column): values.append(try field(column, of: input))
            default: values.append(String(number(slot.source)))
            }
        }
        return values
    }

    struct MissingColumn: Error {
        var message: String
    }

    private func field(_ column: String, of input: [CapturedRow]) throws(MissingColumn) -> String? {
        var found: [String?] = []
        for row in input {
            guard let index = row.columns.firstIndex(of: column) else {
                throw MissingColumn(
                    message:
                        "operation '\(operation.name)' needs column '\(column)', but the captured row has \(row.columns.joined(separator: ", "))"
                )
            }
            found.append(row.values[index])
        }
        guard operation.input?.limit != nil else { return found.first ?? nil }
        return Self.arrayLiteral(found)
    }

    static func arrayLiteral(_ values: [String?]) -> String {
        "{"
            + values.map { value in
                guard let value else { return "NULL" }
                return "\"" + value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
            }.joined(separator: ",") + "}"
    }
}
