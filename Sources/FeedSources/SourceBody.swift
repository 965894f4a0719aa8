public import Basics

/// A dump that is being read, once, from front to back. For one thread at a time.
public protocol SourceBody: AnyObject {
  /// How many bytes ``read(into:)`` will give, if that is known.
  var expectedBytes: Int? { get }
  /// How many bytes have been read where it comes from, before compression is undone.
  var receivedBytes: Int { get }
  /// The source's entity tag, to ask with next time.
  var etag: String? { get }
  /// The source's `Last-Modified`, as it was sent, to ask with next time.
  var lastModified: String? { get }
  /// What it is called in messages; secrets are masked.
  var name: String { get }
  /// What is wrong with the dump by what is expected of it, known at its end; nil if nothing is.
  var complaint: String? { get }
  /// What came of the source, where that is something else than the dump, known at its end.
  var original: OriginalBytes? { get }
  /// Whether the source has taken the credentials already, before its first bytes.
  var hasLoggedIn: Bool { get }
  /// The next bytes: at least one, at most what fits into `destination`, which is not empty.
  ///
  /// 0 means the end, and only if the dump came whole; else it throws, and throws again if called again.
  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int
}

extension SourceBody {
  /// Nothing is expected.
  public var complaint: String? { nil }

  /// That is known when the first bytes come.
  public var hasLoggedIn: Bool { false }

  /// The dump is what came.
  public var original: OriginalBytes? { nil }

  /// All of it, if that is no more than `limit` bytes.
  func whole(limit: Int) throws(Failure) -> [UInt8] {
    var bytes = ByteBuffer(capacity: 64 << 10)
    while true {
      let count = try unsafe bytes.append(atMost: 64 << 10) { (room) throws(Failure) in
        try unsafe read(into: room)
      }
      if count == 0 { return bytes.array() }
      guard bytes.count <= limit else {
        throw Failure(.badData, "\(name): the page has more than \(limit >> 20) MiB: ask for smaller ones")
      }
    }
  }
}

/// What came of a source whose dump is something that was made of it.
public struct OriginalBytes: Hashable, Sendable {
  /// The SHA-256 of what came, in hexadecimal digits.
  public var sha256: String
  /// The text before the dump that was left out, or its beginning; nil if there was none.
  public var before: String?
  /// The text behind the dump that was left out, or its beginning; nil if there was none.
  public var after: String?

  /// As much as is kept of a text.
  static func shortened(_ text: [UInt8]) -> String? {
    text.isEmpty ? nil : String(decoding: text.prefix(2048), as: UTF8.self)
  }
}

/// What a source answered.
public enum Opened {
  /// It is what it was, by what the request knew; with the validators to ask with next time.
  case unchanged(etag: String?, lastModified: String?)
  /// It can be read.
  case body(any SourceBody)
}
