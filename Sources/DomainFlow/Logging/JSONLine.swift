import Foundation
import Logging

/// A JSON object that is written field by field, at a tenth of the cost of JSONEncoder.
struct JSONLine {
    private var text: [UInt8] = [UInt8(ascii: "{")]

    init() { text.reserveCapacity(512) }

    mutating func string(_ key: String, _ value: String) {
        name(key)
        quoted(value)
    }

    mutating func raw(_ key: String, _ json: String) {
        name(key)
        text.append(contentsOf: json.utf8)
    }

    mutating func metadata(_ key: String, _ value: Logger.Metadata) {
        name(key)
        append(.dictionary(value))
    }

    mutating func finished() -> String {
        text.append(UInt8(ascii: "}"))
        text.append(UInt8(ascii: "\n"))
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func name(_ key: String) {
        if text.last != UInt8(ascii: "{") { text.append(UInt8(ascii: ",")) }
        quoted(key)
        text.append(UInt8(ascii: ":"))
    }

    private mutating func append(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let string): quoted(string)
        case .stringConvertible(let value): quoted(value.description)
        case .array(let values):
            text.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                append(value)
            }
            text.append(UInt8(ascii: "]"))
        case .dictionary(let values):
            text.append(UInt8(ascii: "{"))
            for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                name(key)
                append(value)
            }
            text.append(UInt8(ascii: "}"))
        }
    }

    private mutating func quoted(_ value: String) {
        text.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                text.append(UInt8(ascii: "\\"))
                text.append(byte)
            case UInt8(ascii: "\n"): text.append(contentsOf: "\\n".utf8)
            case 0..<0x20: text.append(contentsOf: ("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16)).utf8)
            default: text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }
}
