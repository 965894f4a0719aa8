public import Basics
import Compression
import Hashing

/// Where the bytes of objects come from.
public protocol RangeSource: AnyObject {
  /// Appends a range of an object to `output`; `object` is a key under the feed's folder.
  func read(_ object: String, range: Range<Int>, to output: inout ByteBuffer) throws(Failure)

  /// Calls `body` with a range of an object, which is valid until it returns: without a copy where it is at hand.
  func withBytes(
    _ object: String, range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure)

  /// The same as ``read(_:range:to:)`` for a range of record hashes, so that whoever reads ahead can do so in both places. They are in the
  /// object itself unless the source has them elsewhere.
  func readHashes(_ object: String, range: Range<Int>, to output: inout ByteBuffer) throws(Failure)
}

extension RangeSource {
  public func withBytes(
    _ object: String, range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    var bytes = ByteBuffer(capacity: range.count)
    try read(object, range: range, to: &bytes)
    try unsafe body(bytes.bytes)
  }

  public func readHashes(
    _ object: String, range: Range<Int>, to output: inout ByteBuffer
  ) throws(Failure) {
    try read(object, range: range, to: &output)
  }
}

/// Reads the bytes of spans, keeping a few decompressed frames.
///
/// Reading a dump in order decompresses each frame about once; memory is bounded by the number of frames kept.
public final class BlockReader {
  /// How many bytes of decompressed frames are kept: enough for one frame of each pack of a long generation, since a
  /// dump is read from all of them in turn.
  private let kept: Int

  private struct Place: Hashable {
    var object: UInt32
    var offset: UInt64
  }

  private final class Frame {
    var bytes = ByteBuffer()
    /// Whether it was asked for again after others were.
    var isUsed = false
  }

  /// What is read.
  public let manifest: Manifest
  private let source: any RangeSource
  private var frames: [Place: Frame] = [:]
  /// In the order in which they came; the first `passed` of them are gone.
  private var queue: [Place] = []
  private var passed = 0
  private var last: (place: Place, frame: Frame)?
  private var held = 0
  private var spare: Frame?
  private var decompressor = Zstandard.Decompressor()

  /// Reads the spans of a manifest.
  public init(_ manifest: Manifest, from source: any RangeSource) {
    self.manifest = manifest
    self.source = source
    kept = min(16 << 20, (512 << 10) + manifest.objects.count * 2 * PackBuilder.frameSize)
  }

  /// Calls `body` with the bytes of a span, which are valid until it returns.
  /// - Throws: ``Failure/Kind/badData`` if the store's object is damaged, or what `source` and `body` throw.
  public func withBytes<R>(
    of span: Span, _ body: (UnsafeRawBufferPointer) throws(Failure) -> R
  ) throws(Failure) -> R {
    let frame = try span.frameLength == 0 ? plainBytes(of: span) : frame(of: span)
    let start = Int(span.offset)
    let end = start + Int(span.length)
    guard end <= frame.bytes.count else {
      throw Failure(.badData, "\(manifest.objects[Int(span.object)].key) is damaged: a frame is too short")
    }
    return try unsafe body(UnsafeRawBufferPointer(rebasing: frame.bytes.bytes[start..<end]))
  }

  /// As ``withBytes(of:_:)``, and makes sure that the bytes are those that were stored.
  public func withVerifiedBytes<R>(
    of span: Span, _ body: (UnsafeRawBufferPointer) throws(Failure) -> R
  ) throws(Failure) -> R {
    try unsafe withBytes(of: span) { (bytes) throws(Failure) in
      guard unsafe manifest.fingerprinter.fingerprint(bytes) == span.fingerprint else {
        throw Failure(
          .badData, "\(manifest.objects[Int(span.object)].key) is damaged: a block is not what was stored")
      }
      return try unsafe body(bytes)
    }
  }

  /// Calls `body` with all bytes of the dump, span after span, each made sure of.
  public func forEachVerified(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
    for span in manifest.spans { try unsafe withVerifiedBytes(of: span, body) }
  }

  /// Appends the hashes of the records of a block, eight bytes each, little-endian.
  public func appendHashes(of span: Span, to output: inout ByteBuffer) throws(Failure) {
    try source.readHashes(of: span, in: manifest, to: &output)
  }

  private func plainBytes(of span: Span) throws(Failure) -> Frame {
    let frame = Frame()
    let start = Int(span.frameOffset)
    try source.read(
      manifest.objects[Int(span.object)].key, range: start..<start + Int(span.length), to: &frame.bytes)
    return frame
  }

  private func frame(of span: Span) throws(Failure) -> Frame {
    let place = Place(object: span.object, offset: span.frameOffset)
    if let last, last.place == place { return last.frame }
    if let frame = frames[place] {
      frame.isUsed = true
      last = (place, frame)
      return frame
    }
    let frame = spare ?? Frame()
    spare = nil
    frame.bytes.truncate()
    let object = manifest.objects[Int(span.object)].key
    let start = Int(span.frameOffset)
    let range = start..<start + Int(span.frameLength)
    try unsafe source.withBytes(object, range: range) { (compressed) throws(Failure) in
      do throws(Failure) {
        try unsafe decompressor.decompress(compressed, to: &frame.bytes, limit: 64 << 20)
      } catch {
        throw Failure(.badData, "\(object) is damaged at byte \(start): \(error.message)")
      }
    }
    frames[place] = frame
    queue.append(place)
    held += frame.bytes.count
    last = (place, frame)
    evict()
    return frame
  }

  /// Lets go of what came first, unless it was of use since (second chance).
  private func evict() {
    while held > kept, queue.count - passed > 1 {
      let place = queue[passed]
      passed += 1
      if let frame = frames[place] {
        if frame.isUsed || frame === last?.frame {
          frame.isUsed = false
          queue.append(place)
        } else {
          frames[place] = nil
          held -= frame.bytes.count
          if frame.bytes.count <= PackBuilder.frameSize { spare = frame }
        }
      }
      if passed > 1024 {
        queue.removeFirst(passed)
        passed = 0
      }
    }
  }
}
