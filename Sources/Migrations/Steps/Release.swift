/// A release number such as 0.1.0, compared number by number rather than as text.
struct Release: Comparable {
    let text: String
    let numbers: [Int]

    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0) }
        guard !parts.isEmpty, numbers.count == parts.count, numbers.allSatisfy({ $0 >= 0 }) else { return nil }
        self.text = text
        self.numbers = numbers
    }

    static func == (a: Release, b: Release) -> Bool { !(a < b) && !(b < a) }

    static func < (a: Release, b: Release) -> Bool {
        for index in 0..<max(a.numbers.count, b.numbers.count) {
            let (x, y) = (index < a.numbers.count ? a.numbers[index] : 0, index < b.numbers.count ? b.numbers[index] : 0)
            if x != y { return x < y }
        }
        return false
    }
}
