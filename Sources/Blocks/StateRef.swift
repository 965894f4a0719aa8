import Basics
import Hashing

/// Where a description of a manifest stands in the store, and its digest.
///
/// Two of them are equal if they name the same description, whether or not it came along.
public struct StateRef: Codable, Sendable {
  /// What is longer is not carried, in bytes.
  static let mostCarried = 3 << 10

  /// The object, as a key under the feed's folder.
  public var object: String
  /// Where the description begins in it, in bytes.
  public var offset: Int
  /// How long it is, in bytes.
  public var length: Int
  /// SHA-256 of the description as stored, in hexadecimal.
  public var sha256: String
  /// The description as stored in Base64, where it is short: whoever has the name need not read it.
  public private(set) var content: String?

  /// Puts the four together.
  public init(object: String, offset: Int, length: Int, sha256: String) {
    self.object = object
    self.offset = offset
    self.length = length
    self.sha256 = sha256
  }

  /// A description that stands at `offset`. That of an edit comes along if it takes at most 3 KiB; that of a base has the
  /// feed's secret in it, and never does.
  public init(object: String, offset: Int, stored: [UInt8], isEdit: Bool) {
    self.init(object: object, offset: offset, length: stored.count, sha256: hex(SHA256.digest(stored)))
    if isEdit, stored.count <= Self.mostCarried { content = base64(stored) }
  }

  /// The name alone.
  public var bare: StateRef { StateRef(object: object, offset: offset, length: length, sha256: sha256) }

  /// The description, if it came along and is what the name says.
  public var carried: [UInt8]? {
    guard let stored = content.flatMap({ bytes(base64: $0) }), stored.count == length,
      hex(SHA256.digest(stored)) == sha256
    else { return nil }
    return stored
  }
}

extension StateRef: Hashable {
  public static func == (one: StateRef, two: StateRef) -> Bool {
    one.object == two.object && one.offset == two.offset && one.length == two.length
      && one.sha256 == two.sha256
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(object)
    hasher.combine(offset)
    hasher.combine(sha256)
  }
}
