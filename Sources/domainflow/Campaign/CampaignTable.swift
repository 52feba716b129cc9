import DomainFlow
import Foundation
import PQClient

/// Tables of campaigns that several commands print.
enum CampaignTable {
    static func trail(_ events: [TrailEvent], _ tables: TableOptions) -> String {
        let clock = Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt).time(includingFractionalSeconds: true)
        var table = OutputTable(["time (UTC)", "transaction>", "area", "event", "detail"])
        for event in events {
            table.add([
                event.happenedAt.formatted(clock), event.transactionID, event.area, event.event,
                event.detail,
            ])
        }
        return table.render(indent: "  ", width: tables.width)
    }

    static func print(_ invariants: [InvariantCount], _ tables: TableOptions) {
        var table = OutputTable(["invariant", "violations>"])
        for invariant in invariants { table.add([invariant.name, OutputFormat.count(invariant.violations)]) }
        Output.line(table.render(indent: "  ", width: tables.width))
    }
}
