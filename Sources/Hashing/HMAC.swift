internal import CCrypto

extension SHA256 {
  /// HMAC-SHA256 (RFC 2104) of a message: 32 bytes.
  public static func hmac(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: 32) { room, count in
      var length: UInt32 = 0
      let made = unsafe HMAC(
        EVP_sha256(), key, Int32(key.count), message, message.count, room.baseAddress, &length)
      unsafe precondition(made != nil && length == 32, "libcrypto cannot make an HMAC")
      count = 32
    }
  }
}
