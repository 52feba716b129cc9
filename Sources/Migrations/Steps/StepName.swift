/// `0007_audit.sql` or `0007_audit.down.sql`. The numbers may have gaps and up to 18 digits. `R_audit.sql` is repeatable and has none.
struct StepName {
    let number: Int
    let slug: String
    let isDown: Bool
    let file: String

    init?(_ file: String) {
        self.file = file
        isDown = file.hasSuffix(".down.sql")
        let stem = file.dropLast(isDown ? 9 : 4)
        guard let underscore = stem.firstIndex(of: "_") else { return nil }
        let digits = stem[..<underscore]
        let slug = stem[stem.index(after: underscore)...]
        let isRepeatable = digits == "R" && !isDown
        let isSlug = slug.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard !slug.isEmpty, isSlug else { return nil }
        let isNumber = (1...18).contains(digits.count) && digits.utf8.allSatisfy { (48...57).contains($0) }
        guard isRepeatable || isNumber, let number = isRepeatable ? Step.repeatableNumber : Int(digits) else { return nil }
        self.number = number
        self.slug = String(slug)
    }
}
