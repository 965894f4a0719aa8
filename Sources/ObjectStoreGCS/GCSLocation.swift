public import Basics
import ObjectStore

/// A bucket of Google Cloud Storage, and the folder of it that a store is in: `gs://bucket/prefix`.
public struct GCSLocation: Hashable, Sendable, CustomStringConvertible {
  /// The bucket's name.
  public let bucket: String
  /// What stands before each key; empty, or it ends with a slash.
  public let prefix: String

  /// Names of objects have at most so many bytes, …
  private static let longestName = 1024
  /// … and keys so many of them.
  private static let longestKey = 900

  /// Reads `gs://bucket` or `gs://bucket/prefix`; slashes at the end do not matter.
  /// - Throws: ``Failure/Kind/settings``, naming what is wrong with it.
  public init(_ text: String) throws(Failure) {
    func wrong(_ why: String) -> Failure {
      Failure(.settings, "\"\(text)\" is not a place in Google Cloud Storage (gs://bucket/prefix): \(why)")
    }
    guard text.hasPrefix("gs://") else { throw wrong("it does not begin with gs://") }
    var rest = text.dropFirst(5)
    while rest.utf8.last == UInt8(ascii: "/") { rest.removeLast() }
    let bucket = rest.prefix { $0 != "/" }
    if let why = Self.problem(bucket: bucket) { throw wrong(why) }
    self.bucket = String(bucket)
    let folder = String(rest.dropFirst(bucket.count + 1))
    guard !folder.isEmpty else {
      prefix = ""
      return
    }
    do { _ = try ObjectKey(folder) } catch { throw wrong("the prefix \"\(folder)\" is \(error.message)") }
    // Engines that are told gs://… take these for patterns.
    if let sign = folder.first(where: { "*?[]#".contains($0) }) {
      throw wrong("the prefix has \"\(sign)\", which query engines take for a pattern: choose another")
    }
    guard folder.utf8.count < Self.longestName - Self.longestKey else {
      throw wrong("the prefix is longer than \(Self.longestName - Self.longestKey - 1) bytes")
    }
    prefix = folder + "/"
  }

  /// `gs://bucket/prefix`.
  public var description: String { "gs://\(bucket)" + (prefix.isEmpty ? "" : "/\(prefix.dropLast())") }

  private static func problem(bucket: Substring) -> String? {
    if bucket.isEmpty { return "the bucket's name is missing" }
    if bucket.contains("@") || bucket.contains(":") {
      return
        "a bucket has no user or port: credentials come from GOOGLE_APPLICATION_CREDENTIALS, another server "
        + "from STORAGE_EMULATOR_HOST"
    }
    let isEnd = { (byte: UInt8) in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
    guard bucket.utf8.allSatisfy({ isEnd($0) || "-_.".utf8.contains($0) }) else {
      return "the bucket's name \"\(bucket)\" has other characters than a-z, 0-9, - _ and ."
    }
    guard (3...222).contains(bucket.utf8.count), let first = bucket.utf8.first, let last = bucket.utf8.last,
      isEnd(first), isEnd(last)
    else { return "a bucket's name has 3 to 222 characters and begins and ends with a letter or digit" }
    return nil
  }
}
