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
  /// The next bytes: at least one, at most what fits into `destination`, which is not empty.
  ///
  /// 0 means the end, and only if the dump came whole; else it throws, and throws again if called again.
  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int
}

/// What a source answered.
public enum Opened {
  /// It is what it was, by what the request knew; with the validators to ask with next time.
  case unchanged(etag: String?, lastModified: String?)
  /// It can be read.
  case body(any SourceBody)
}
