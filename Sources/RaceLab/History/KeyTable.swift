/// Numbers for keys, in the order in which they are first seen. Made for millions of look-ups of short byte strings.
struct KeyTable: Sendable {
    private var bytes: [UInt8] = []
    /// Where each key's bytes end.
    private var ends: [Int] = []
    /// Open addressing: a key's number plus one, 0 where nothing is. Its size is a power of two.
    private var slots = [Int32](repeating: 0, count: 1024)

    var count: Int { ends.count }

    /// The key's text.
    subscript(number: Int) -> String { String(decoding: bytes[range(number)], as: UTF8.self) }

    mutating func number(of key: some Collection<UInt8>) -> Int {
        let mask = slots.count - 1
        var slot = Self.hash(key) & mask
        while slots[slot] != 0 {
            let number = Int(slots[slot]) - 1
            if bytes[range(number)].elementsEqual(key) { return number }
            slot = (slot + 1) & mask
        }
        bytes.append(contentsOf: key)
        ends.append(bytes.count)
        slots[slot] = Int32(ends.count)
        if ends.count * 2 > slots.count { grow() }
        return ends.count - 1
    }

    private func range(_ number: Int) -> Range<Int> { (number == 0 ? 0 : ends[number - 1])..<ends[number] }

    /// FNV-1a: keys are short, and no attacker chooses them.
    private static func hash(_ key: some Collection<UInt8>) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in key { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: hash ^ (hash >> 32))
    }

    private mutating func grow() {
        let mask = slots.count * 2 - 1
        slots = [Int32](repeating: 0, count: mask + 1)
        for number in 0..<count {
            var slot = Self.hash(bytes[range(number)]) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = Int32(number + 1)
        }
    }
}
