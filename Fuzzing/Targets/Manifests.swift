import Basics
import Blocks
import Compression
import Hashing
import Stages

extension FuzzTarget {
  static let manifests = [
    FuzzTarget(name: "manifest", longest: 4096, check: manifest),
    FuzzTarget(name: "patch", longest: 4096, check: patch),
    FuzzTarget(name: "pack", longest: 8192, check: pack),
    FuzzTarget(name: "layout", longest: 4096, check: layout),
    FuzzTarget(name: "frame", longest: 8192, check: frame),
  ]

  /// A description of a manifest, whole or as an edit of another one.
  private static func manifest(_ input: [UInt8]) throws {
    guard let index = try refusing({ () throws(Failure) in try StateIndex(decoding: input) }) else { return }
    let parent = index.depth == 0 ? nil : sample
    guard let manifest = try refusing({ () throws(Failure) in try index.manifest(parent: parent) }) else {
      return
    }
    let link = parent.map {
      StateIndex.Link(ref: StateRef(object: "o", offset: 0, length: 1, sha256: "s"), depth: 0, manifest: $0)
    }
    // Nothing that is read of it may overflow.
    try require(manifest.byteCount >= 0 && manifest.recordCount >= 0, "negative sums")
    _ = manifest.withoutUnusedObjects()
    let written = StateIndex.encode(manifest, depth: link == nil ? 0 : 1, parent: link)
    let again = try StateIndex(decoding: written).manifest(parent: parent)
    try require(same(manifest, again), "\(again) is not \(manifest)")
    try require(
      StateIndex.encode(again, depth: link == nil ? 0 : 1, parent: link) == written,
      "it is written differently")
  }

  private static func patch(_ input: [UInt8]) throws {
    guard let patch = try refusing({ () throws(Failure) in try Patch(decoding: input) }) else { return }
    let written = patch.encoded()
    let again = try Patch(decoding: written)
    try require(
      again.runs == patch.runs && again.births == patch.births && again.contested == patch.contested,
      "\(again) is not \(patch)")
    try require(patch.takenCount <= patch.recordCount, "more are taken than there are")
    var cursor = PatchCursor(patch)
    for ordinal in stride(from: 0, to: min(patch.recordCount, 1000), by: 3) {
      let (tag, count) = cursor.tag(at: ordinal)
      try require(
        count > 0 && ordinal + count <= patch.recordCount, "\(tag) of \(count) records at \(ordinal)")
      if let entry = tag.entry { _ = patch.birth(entry) }
    }
    var pruned = patch
    pruned.pruneBirths()
    try require(pruned.births.count <= patch.births.count, "births came")
  }

  /// Blocks and record hashes of an object that is not what its manifest says.
  private static func pack(_ input: [UInt8]) throws {
    var choices = Choices(input)
    let description = choices.part()
    guard let index = try? StateIndex(decoding: description), let manifest = try? index.manifest(parent: nil)
    else { return }
    let reader = BlockReader(manifest, from: Bytes(choices.bytes))
    for span in manifest.spans.prefix(50) {
      _ = try refusing { () throws(Failure) in
        try unsafe reader.withBytes(of: span) { bytes throws(Failure) in
          if bytes.count != Int(span.length) { throw Failure(.software, "\(bytes.count) bytes of \(span)") }
        }
      }
      var hashes = ByteBuffer()
      _ = try refusing { () throws(Failure) in try reader.appendHashes(of: span, to: &hashes) }
    }
  }

  private static func layout(_ input: [UInt8]) throws {
    // The length of the rows is what the lengths add up to, or no layout is read.
    var rows = 0
    for start in stride(from: 8 + 16, to: max(24, input.count - 3), by: 20) {
      rows += (0..<4).reduce(0) { $0 | Int(input[start + $1]) << (8 * $1) }
    }
    guard let layout = PartLayout(decoding: input, rows: rows) else { return }
    try require(layout.encoded == input, "it is written as \(layout.encoded)")
    try require(PartLayout(decoding: input, rows: rows + 1) == nil, "any number of rows will do")
  }

  private static func frame(_ input: [UInt8]) throws {
    var decompressor = Zstandard.Decompressor()
    let whole = try refusing { () throws(Failure) in
      try unsafe input.withUnsafeBufferPointer { (bytes) throws(Failure) in
        try unsafe decompressor.decompress(UnsafeRawBufferPointer(bytes), limit: 1 << 16)
      }
    }
    guard let whole else { return }
    try require(whole.count <= 1 << 16, "it is too long")
    var compressor = Zstandard.Compressor()
    var packed = ByteBuffer()
    _ = unsafe whole.withUnsafeBytes { unsafe compressor.compress($0, to: &packed) }
    let again = try unsafe decompressor.decompress(packed.bytes, limit: 1 << 16)
    try require(again == whole, "compressed again it is something else")
  }

  /// What an edit is an edit of: ten blocks of five records in two objects.
  private static let sample = Manifest(
    spans: (0..<10).map { number in
      Span(
        kind: .block, fingerprint: Fingerprint(high: UInt64(number), low: 1), length: 100, records: 5,
        lines: 5,
        object: number / 5, frameOffset: UInt64(number / 5 * 300), frameLength: 300,
        offset: number * 100 % 500,
        firstRecord: number % 5 * 5)
    }, objects: [StoredObject(key: "bases/a", pages: [7]), StoredObject(key: "packs/b")],
    fingerprinter: Fingerprinter(secret: Array(0..<32)))

  private static func same(_ a: Manifest, _ b: Manifest) -> Bool {
    a.objects == b.objects && a.fingerprinter.secret == b.fingerprinter.secret
      && a.spans.map { "\($0)" } == b.spans.map { "\($0)" }
  }
}

/// Every object is these bytes.
private final class Bytes: RangeSource {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func read(_ object: String, range: Range<Int>, to output: inout ByteBuffer) throws(Failure) {
    guard range.upperBound <= bytes.count else {
      throw Failure(.badData, "\(object) is shorter than recorded")
    }
    output.append(Array(bytes[range]))
  }
}

/// What is read; nil if it was refused as damaged, which is the only way to refuse it.
func refusing<T>(_ read: () throws(Failure) -> T) throws -> T? {
  do throws(Failure) { return try read() } catch {
    try require(error.kind == .badData && !error.message.isEmpty, "refused as \(error.kind): \(error)")
    return nil
  }
}
