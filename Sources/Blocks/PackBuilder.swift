import Basics
import Compression

/// Lays blocks into frames that decompress alone, and frames one after another: the body of a pack.
struct PackBuilder: ~Copyable {
  /// Raw bytes a frame: enough for compression to find what rows have in common, little enough to be read for
  /// one record.
  static let frameSize = 16 << 10
  /// Stands at the beginning of every pack.
  static let magic: StaticString = "STRAND1\n"

  /// What is finished and not yet taken away by the caller.
  var output = ByteBuffer(capacity: 256 << 10)
  /// The frames that are finished: where each begins, and its length.
  private(set) var frames: [(offset: UInt64, length: UInt32)] = []
  /// Where the pages of record hashes begin.
  private(set) var pages: [Int] = []
  /// How many records were added.
  private(set) var records = 0
  /// The pages that are open: of a store far away several are read by one request.
  private var openPages = ByteBuffer()
  private var raw = ByteBuffer(capacity: 2 * PackBuilder.frameSize)
  private var written: UInt64 = 0
  private var compressor = Zstandard.Compressor()

  /// Whether nothing was ever added.
  var isEmpty: Bool { written == 0 && raw.count == 0 }

  /// Adds a block; tells in which frame it is (by number) and where therein.
  mutating func add(_ bytes: UnsafeRawBufferPointer) -> (frame: Int, offset: UInt32) {
    if raw.count > 0, raw.count + bytes.count > Self.frameSize { closeFrame() }
    let place = (frames.count, UInt32(raw.count))
    unsafe raw.append(bytes)
    return place
  }

  /// Notes the hashes of a block's records; tells the number of the first.
  mutating func add(hashes: UnsafeBufferPointer<UInt64>) -> UInt32 {
    let first = records
    for index in hashes.indices {
      openPages.appendFixed(unsafe hashes[index])
      records += 1
      if openPages.count == StoredObject.pagesTogether * StoredObject.pageSize { closePages() }
    }
    return UInt32(truncatingIfNeeded: first)
  }

  /// Ends the last pages of hashes. They are stored as they are: nothing compresses them.
  mutating func closePages() {
    if openPages.count == 0 { return }
    begin()
    for start in stride(from: 0, to: openPages.count, by: StoredObject.pageSize) {
      pages.append(Int(written) + start)
    }
    unsafe output.append(openPages.bytes)
    written += UInt64(openPages.count)
    openPages.truncate()
  }

  /// Ends the last frame and gives spans of this pack, which name their frame by number, its place.
  mutating func settle(_ spans: inout [Span], of object: UInt32) {
    closeFrame()
    closePages()
    for index in spans.indices where spans[index].object == object {
      let frame = frames[Int(spans[index].frameOffset)]
      spans[index].frameOffset = frame.offset
      spans[index].frameLength = frame.length
    }
  }

  /// Hands over what is finished, if it is at least so much.
  mutating func drain<E: Error>(
    atLeast threshold: Int, _ body: (UnsafeRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    guard output.count >= threshold else { return }
    try unsafe body(output.bytes)
    output.truncate()
  }

  /// Ends the frame that is open.
  mutating func closeFrame() {
    if raw.count == 0 { return }
    begin()
    let length = unsafe compressor.compress(raw.bytes, to: &output)
    frames.append((written, UInt32(length)))
    written += UInt64(length)
    raw.truncate()
  }

  /// Adds something that is no frame of blocks, compressed; tells where it is.
  mutating func addSection(_ bytes: [UInt8]) -> Range<Int> {
    closeFrame()
    begin()
    let length = unsafe bytes.withUnsafeBytes { unsafe compressor.compress($0, to: &output) }
    defer { written += UInt64(length) }
    return Int(written)..<Int(written) + length
  }

  private mutating func begin() {
    guard written == 0 else { return }
    output.append(Self.magic)
    written = UInt64(Self.magic.utf8CodeUnitCount)
  }
}
