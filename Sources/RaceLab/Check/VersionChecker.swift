/// Checks version chains: every version of a key was written once, none is missing, and each writer had read the version before its own.
///
/// Names: `fork` (one version, two writers), `gap`, `lost update` (what was read was no longer the last version when it was written over),
/// `backward write` (a version not above the one that was read), `unwritten read` (a version above the first that no transaction wrote).
/// Gaps and unwritten reads are not judged when operations of unknown outcome may have written what is missing.
struct VersionChecker {
    let history: TransactionHistory
    let order: VersionOrder

    private var areGapsJudged: Bool { history.silent == 0 && order.unclearReads == 0 }

    func check() -> CheckFindings {
        var findings = CheckFindings()
        if history.silent > 0 {
            findings.notes.append("gaps are not judged: what \(history.silent) operations of unknown outcome wrote is unknown")
        } else if order.unclearReads > 0 {
            findings.notes.append("gaps are not judged: \(order.unclearReads) reads are of one of several operations of unknown outcome")
        }
        for range in order.keyRanges { walk(range, &findings) }
        return findings
    }

    /// The key's versions upwards; the first is what was there before the history, if it was read, else what was written first.
    private func walk(_ range: Range<Int>, _ findings: inout CheckFindings) {
        var last: VersionOrder.Event?
        for event in order.events[range] {
            defer { if last?.version != event.version || !event.isRead { last = event } }
            guard let last else {
                if !event.isRead { compare(event, with: nil, &findings) }
                continue
            }
            if event.isRead {
                guard event.version != last.version, areGapsJudged else { continue }
                findings.add(finding("unwritten read", [event], "\(reader(event)), which nobody wrote and committed"))
            } else if event.version == last.version {
                findings.add(
                    finding("fork", [last, event], "\(key(event)): v\(event.version) was written by \(name(last)) and by \(name(event))"))
            } else {
                if event.version != last.version + 1, areGapsJudged {
                    let text = "\(key(event)): after v\(last.version) (\(name(last))) comes v\(event.version) (\(name(event)))"
                    findings.add(finding("gap", [last, event], text))
                }
                compare(event, with: last, &findings)
            }
        }
    }

    /// What the transaction of a write had read of the row, with the version before the write.
    private func compare(_ write: VersionOrder.Event, with last: VersionOrder.Event?, _ findings: inout CheckFindings) {
        let access = history.accesses[write.access]
        guard access.reads else { return }
        if access.read >= access.write {
            findings.add(finding("backward write", [write], "\(reader(write)) and wrote v\(access.write)"))
        } else if let last, access.read < last.version {
            let who = "\(name(last)) had \(last.isRead ? "read" : "written")"
            let text = "\(reader(write)) and wrote v\(access.write), over v\(last.version) that \(who)"
            findings.add(finding("lost update", [last, write], text))
        }
    }

    private func finding(_ kind: String, _ events: [VersionOrder.Event], _ text: String) -> CheckFinding {
        CheckFinding(name: kind, transactions: events.map { Int($0.transaction) + 1 }, text: "\(kind): \(text)")
    }

    private func name(_ event: VersionOrder.Event) -> String { history.name(Int(event.transaction)) }
    private func key(_ event: VersionOrder.Event) -> String { history.keys[Int(history.accesses[event.access].key)] }
    private func reader(_ event: VersionOrder.Event) -> String {
        "\(name(event)) read \(key(event)): v\(history.accesses[event.access].read)"
    }
}
