/// Some rows of a COPY TO, as they arrived.
struct CopyChunk: Sendable {
    var bytes: [UInt8] = []
    /// Where each row ends in `bytes`.
    var rowEnds: [Int] = []
}
