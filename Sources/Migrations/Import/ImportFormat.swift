import Foundation

/// The tools whose directories `migrate import` reads.
public enum ImportFormat: String, Sendable, CaseIterable {
    /// V1__x.sql, U1__x.sql, R__x.sql, in subfolders too.
    case flyway
    /// 000001_x.up.sql, 000001_x.down.sql; also pop's 000001_x.postgres.up.sql.
    case golangMigrate = "golang-migrate"
    /// 001_x.sql with the comments `-- migrate:up` and `-- migrate:down`.
    case dbmate
    /// 001_x.sql with the comments `-- +goose Up` and `-- +goose Down`.
    case goose
    /// sqitch.plan, deploy/x.sql, revert/x.sql.
    case sqitch
    /// 2024-01-31-120000_x/up.sql and down.sql.
    case diesel

    /// By what lies in the folder; nil if that is none of these.
    static func detect(_ files: [(path: String, text: String)]) -> ImportFormat? {
        let names = files.map { $0.path.split(separator: "/").last ?? "" }
        if files.contains(where: { $0.path == "sqitch.plan" }) { return .sqitch }
        if names.contains(where: { $0.contains(#/^V\d[\d._]*__.*\.sql$/#) }) { return .flyway }
        if names.contains(where: { $0.hasSuffix(".up.sql") }) { return .golangMigrate }
        if files.contains(where: { $0.path.contains(#/^\d[\d-]*_[^/]*/up\.sql$/#) }) { return .diesel }
        if files.contains(where: { $0.text.contains("-- +goose ") }) { return .goose }
        if files.contains(where: { $0.text.contains("-- migrate:up") }) { return .dbmate }
        return nil
    }
}
