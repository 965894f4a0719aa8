public import Basics
import Hashing
import ObjectStore

/// An object being written.
public final class FeedObjectWriter {
  /// Its key under the feed's folder.
  public let path: String
  /// How many bytes were written, and their digest.
  public private(set) var count = 0
  private let folder: FeedFolder
  private let isDigested: Bool
  private let writer: any ObjectWriter
  private var hash = SHA256()

  init(folder: FeedFolder, path: String, isDigested: Bool, writer: any ObjectWriter) {
    self.folder = folder
    self.path = path
    self.isDigested = isDigested
    self.writer = writer
  }

  /// Appends bytes.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    if isDigested { unsafe hash.update(bytes) }
    count += bytes.count
    do { try unsafe writer.write(bytes) } catch { throw folder.failure(error) }
  }

  /// Appends a range of another object of this feed, one that never changes. Not to one that is digested.
  /// - Returns: false if there is no such range; nothing was appended then.
  public func copy(from other: String, range: Range<Int>) throws(Failure) -> Bool {
    precondition(!isDigested, "what is copied is not seen, so it has no digest")
    let key = try folder.key(other)
    do { try writer.copy(from: key, range: range) } catch {
      if error.kind == .notFound || error.kind == .invalid { return false }
      throw folder.failure(error)
    }
    count += range.count
    return true
  }

  /// Makes the object appear, durably.
  public func commit() throws(Failure) -> ObjectRef {
    precondition(isDigested, "an object without a digest cannot be named by it")
    let digest = hex(hash.digest())
    try commitUndigested()
    return ObjectRef(object: path, bytes: count, sha256: digest)
  }

  /// As ``commit()``, of an object that nobody names by its digest.
  public func commitUndigested() throws(Failure) {
    do {
      _ = try writer.commit()
    } catch {
      // Under a name that is this attempt's own, an object of this length is what was written.
      guard error.kind == .ambiguous, try folder.sizeIfPresent(path) == count else {
        throw folder.failure(error)
      }
    }
  }

  /// As ``commit()``, of an object that others replace too, under the same name.
  /// - Returns: its version; nil if the answer was lost, so that nobody knows whether it took place.
  public func replace() throws(Failure) -> String? {
    do {
      return try writer.commit().version
    } catch {
      if error.kind == .ambiguous { return nil }
      throw folder.failure(error)
    }
  }
}

/// An object that never changes: its key under the feed's folder, length, and digest.
public struct ObjectRef: Codable, Hashable, Sendable {
  /// The key under the feed's folder.
  public var object: String
  /// Its length.
  public var bytes: Int
  /// SHA-256 of it, in hexadecimal.
  public var sha256: String
  /// All of it in Base64, where it is short and has no records in it: then it is nowhere else. Entries that were written
  /// before that have it besides the object.
  public private(set) var content: String?

  /// Puts the three together.
  public init(object: String, bytes: Int, sha256: String) {
    self.object = object
    self.bytes = bytes
    self.sha256 = sha256
  }

  /// What takes at most 3 KiB as a name that has all of it; nil if it is longer.
  init?(carrying bytes: [UInt8], as object: String) {
    guard bytes.count <= 3 << 10 else { return nil }
    self.init(object: object, bytes: bytes.count, sha256: hex(SHA256.digest(bytes)))
    content = base64(bytes)
  }

  /// Whether the object need not be there, because its bytes came with its name.
  public var isCarried: Bool { knownBytes != nil }

  /// Its bytes, if they came with its name.
  var knownBytes: [UInt8]? { content.flatMap { Hashing.bytes(base64: $0) }.flatMap { fits($0) ? $0 : nil } }

  /// Whether these are the object's bytes.
  public func fits(_ bytes: [UInt8]) -> Bool {
    bytes.count == self.bytes && hex(SHA256.digest(bytes)) == sha256
  }
}
