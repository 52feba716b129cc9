import CLibCrypto

/// SHA-256 (FIPS 180-4), by libcrypto, which libpq brings anyway.
enum SHA256 {
    /// The digest in lower-case hexadecimal, 64 characters.
    static func hex(_ message: some Collection<UInt8>) -> String {
        let bytes = Array(message)
        var digest = [UInt8](repeating: 0, count: 32)
        let isDone = EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil)
        precondition(isDone == 1, "libcrypto offers no SHA-256")
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
