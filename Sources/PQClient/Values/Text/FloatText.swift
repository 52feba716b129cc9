/// Floating point: the shortest text that reads back as the same number; PostgreSQL's names for the rest.
enum FloatText {
    static func format(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return String(value)
    }

    static func parse<T: BinaryFloatingPoint & LosslessStringConvertible>(_ text: String, as type: T.Type) -> T? {
        switch text {
        case "NaN": .nan
        case "Infinity": .infinity
        case "-Infinity": -.infinity
        default: T(text)
        }
    }

    static func server(_ value: Double) -> String {
        value.isFinite ? layout(String(value), digits: 15) : format(value)
    }

    static func server(_ value: Float) -> String {
        value.isFinite ? layout(String(value), digits: 6) : format(Double(value))
    }

    /// The same digits with an exponent where the server writes one: for numbers of more than `digits` digits before the
    /// point, or four zeros and more after it.
    private static func layout(_ text: String, digits limit: Int) -> String {
        let negative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" }.split(separator: "e")
        let plain = parts[0].split(separator: ".")
        var exponent = (parts.count > 1 ? Int(parts[1])! : 0) + plain[0].count - 1
        var digits = Array(plain.joined())
        let zeros = digits.prefix { $0 == "0" }.count
        guard zeros < digits.count else { return negative ? "-0" : "0" }
        digits.removeFirst(zeros)
        exponent -= zeros
        while digits.last == "0" { digits.removeLast() }
        var result = negative ? "-" : ""
        if exponent < -4 || exponent >= limit {
            result.append(digits[0])
            if digits.count > 1 { result += "." + String(digits[1...]) }
            result += (exponent < 0 ? "e-" : "e+") + (abs(exponent) < 10 ? "0" : "") + String(abs(exponent))
        } else if exponent < 0 {
            result += "0." + String(repeating: "0", count: -exponent - 1) + String(digits)
        } else if digits.count <= exponent + 1 {
            result += String(digits) + String(repeating: "0", count: exponent + 1 - digits.count)
        } else {
            result += String(digits[...exponent]) + "." + String(digits[(exponent + 1)...])
        }
        return result
    }
}
