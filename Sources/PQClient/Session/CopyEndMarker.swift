import Foundation

/// Looks for `\.` in the data of a COPY FROM in text or csv. The server takes it for the end of the data and drops the rest without a word.
struct CopyEndMarker {
    /// In csv only a line of nothing else ends the data, and a backslash has no other meaning.
    private let isCSV: Bool
    private var place = Place.lineStart
    /// Bytes of the chunks before this one.
    private var before = 0

    private enum Place { case lineStart, inLine, afterBackslash, afterMarker, ended }

    init(statement: String) { isCSV = statement.lowercased().contains("csv") }

    /// Throws if the data goes on after the marker.
    mutating func check(_ bytes: ArraySlice<UInt8>) throws(PostgresError) {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if place == .lineStart || place == .inLine {
                guard let next = Self.backslash(in: bytes[index...]) else {
                    place = bytes.last == UInt8(ascii: "\n") ? .lineStart : .inLine
                    break
                }
                if next > index { place = bytes[next - 1] == UInt8(ascii: "\n") ? .lineStart : .inLine }
                index = next
            }
            try step(bytes[index], at: before + index - bytes.startIndex)
            index += 1
        }
        before += bytes.count
    }

    private mutating func step(_ byte: UInt8, at position: Int) throws(PostgresError) {
        switch (place, byte) {
        case (.ended, _):
            throw PostgresError(
                .usage, "the COPY data goes on at byte \(position), after a line with \\., which ends it: the server would drop the rest",
                hint: isCSV ? "put the value in quotes, and not alone in its line" : "write a backslash as two, as CopyText.row does")
        case (.afterMarker, UInt8(ascii: "\n")): place = .ended
        case (.afterMarker, UInt8(ascii: "\r")): break
        case (_, UInt8(ascii: "\n")): place = .lineStart
        case (.lineStart, UInt8(ascii: "\\")): place = .afterBackslash
        case (.inLine, UInt8(ascii: "\\")) where !isCSV: place = .afterBackslash
        case (.afterBackslash, UInt8(ascii: ".")): place = .afterMarker
        default: place = .inLine
        }
    }

    private static func backslash(in bytes: ArraySlice<UInt8>) -> Int? {
        bytes.withUnsafeBytes { buffer in
            buffer.baseAddress.flatMap { memchr($0, Int32(UInt8(ascii: "\\")), buffer.count) }
                .map { bytes.startIndex + (UnsafeRawPointer($0) - buffer.baseAddress!) }
        }
    }
}
