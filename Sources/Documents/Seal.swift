public import Basics
import Hashing

/// Documents that say by a sum at their end whether they are as they were written.
///
/// Whatever is named by a digest elsewhere is held against that. What is replaced, or comes last, nobody names: such a document ends
/// with `,"sum":"…"}`, where the sum is the first half of the SHA-256 of all before it, in hexadecimal. It is no secret: it
/// tells a bit that rotted, not a person who changed something.
extension Documents {
  private static let opening = Array(",\"sum\":\"".utf8)
  private static let closing = Array("\"}".utf8)
  private static let length = 32
  private static let sealLength = opening.count + length + closing.count

  /// A document as one line of JSON without a line end, with its sum. It must have a field.
  public static func sealed(_ value: some Encodable) -> [UInt8] { sealed(encode(value)) }

  /// A document that was written without its sum, with it.
  public static func sealed(_ bytes: [UInt8]) -> [UInt8] {
    let body = bytes.dropLast()
    return [UInt8](body) + opening + sum(of: body) + closing
  }

  /// Reads a document that may have a sum: those of older programs have none.
  /// - Throws: ``Failure/Kind/badData`` if the sum is another, or with the field that is missing or wrong.
  public static func decodeSealed<T: Decodable>(
    _ type: T.Type, from bytes: [UInt8], name: String
  ) throws(Failure) -> T {
    try checkSeal(of: bytes, name: name)
    return try decode(type, from: bytes, name: name)
  }

  /// Whether a document has a sum.
  public static func isSealed(_ bytes: [UInt8]) -> Bool {
    bytes.count > sealLength && bytes.suffix(sealLength).starts(with: opening)
      && bytes.suffix(2).elementsEqual(closing)
  }

  /// Makes sure that a document's sum, if it has one, is that of its bytes.
  /// - Throws: ``Failure/Kind/badData`` if it is not.
  public static func checkSeal(of bytes: [UInt8], name: String) throws(Failure) {
    let end = bytes.suffix(sealLength)
    let sum = end.dropFirst(opening.count).prefix(length)
    // A seal of which a single byte is wrong is one all the same.
    guard end.count == sealLength, bytes.count > sealLength else { return }
    let wrong =
      zip(end.prefix(opening.count), opening).count { $0 != $1 }
      + zip(end.suffix(closing.count), closing).count { $0 != $1 } + sum.count { !isDigit($0) }
    if wrong > 1 { return }
    guard wrong == 0, sum.elementsEqual(self.sum(of: bytes.dropLast(sealLength))) else {
      throw Failure(.badData, "\(name) is damaged: its bytes are not those that its sum was made of")
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...102).contains(byte) }

  private static func sum(of bytes: ArraySlice<UInt8>) -> [UInt8] {
    Array(hex(SHA256.digest(Array(bytes))).prefix(length).utf8)
  }
}
