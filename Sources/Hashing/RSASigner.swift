internal import CCrypto

/// Signs with a private RSA key: RS256 (RSASSA-PKCS1-v1_5 with SHA-256; RFC 7518, 3.3). Printing it shows nothing.
///
/// Free to use from several threads at once.
@safe
public final class RSASigner: @unchecked Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// Why a key is of no use. Says nothing of the key itself.
  public struct KeyError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, as it goes after "the key": `is not a private key in PEM form`.
    public let description: String
  }

  /// Only read: libcrypto makes a context of its own for each signature.
  private let key: OpaquePointer

  /// Reads a private key in PEM form (PKCS #8 or PKCS #1), not encrypted.
  public init(pem: [UInt8]) throws(KeyError) {
    // Else libcrypto would keep its reasons, which other calls then find.
    defer { ERR_clear_error() }
    let read: OpaquePointer? = unsafe pem.withUnsafeBytes { bytes in
      guard let memory = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else {
        return nil
      }
      defer { unsafe BIO_free(memory) }
      // Nobody is asked for a passphrase.
      return unsafe PEM_read_bio_PrivateKey(memory, nil, { _, _, _, _ in -1 }, nil)
    }
    guard let read = unsafe read else {
      throw KeyError(
        description:
          "is not a private key in PEM form (-----BEGIN PRIVATE KEY----- and so on), or it is damaged")
    }
    guard unsafe EVP_PKEY_get_base_id(read) == EVP_PKEY_RSA else {
      unsafe EVP_PKEY_free(read)
      throw KeyError(description: "is not an RSA key")
    }
    unsafe key = unsafe read
  }

  deinit { unsafe EVP_PKEY_free(key) }

  /// The signature of a message: as many bytes as the key's modulus has.
  public func sign(_ message: [UInt8]) throws(KeyError) -> [UInt8] {
    defer { ERR_clear_error() }
    let failure = KeyError(description: "cannot sign: libcrypto refuses it")
    guard let context = unsafe EVP_MD_CTX_new() else { throw failure }
    defer { unsafe EVP_MD_CTX_free(context) }
    guard unsafe EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1 else { throw failure }
    var length = Int(unsafe EVP_PKEY_get_size(key))
    var signature = [UInt8](repeating: 0, count: length)
    guard unsafe EVP_DigestSign(context, &signature, &length, message, message.count) == 1 else {
      throw failure
    }
    return Array(signature[..<length])
  }

  public var description: String { "RSASigner(***)" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
