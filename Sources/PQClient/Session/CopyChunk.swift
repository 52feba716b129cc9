/// Some rows of a COPY out, as they came.
struct CopyChunk: Sendable {
    var bytes: [UInt8] = []
    /// Where each row ends in `bytes`.
    var rowEnds: [Int] = []
}
