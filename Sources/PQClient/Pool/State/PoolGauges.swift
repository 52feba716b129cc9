/// How many connections a pool has in which state.
struct PoolGauges: Hashable {
    var idle = 0
    var leased = 0
    var connecting = 0
    var waiting = 0
    var limit: Int
}
