public import Basics
public import Hashing
public import Records

/// Turns a dump that streams by into a manifest, and what the store does not have into a pack.
///
/// A block that stood next in the last dump is known again by one fingerprint, without being split into records.
/// Elsewhere records are split and compared with those that stood next: of a block of which a few records changed,
/// what stands before and after them is kept, and only they are stored. Where nothing is known, blocks are cut by
/// content and looked up among all blocks of the last dump.
public struct DumpRecorder: ~Copyable {
  /// What was found out about a dump.
  public struct Recording {
    /// The dump's spans; those of the pack that was built refer to the last object.
    public var manifest: Manifest
    /// How many bytes are new, before compression.
    public var newBytes: Int
    /// How the dump ended.
    public var ending: DumpScanner.Ending
    /// CSV's header record, as it came.
    public var header: [UInt8]?
    /// Why the dump cannot be read as a whole; its bytes are kept all the same.
    public var broken: String?
    /// If the dump itself is the object: the hashes of the records of its own blocks.
    public var hashes: [UInt64]
  }

  /// The last dump.
  public struct Base {
    var manifest: Manifest
    var hashes: any RangeSource
    var sameFormat: Bool

    /// - Parameters:
    ///   - manifest: what it consists of; its blocks need not be stored again.
    ///   - hashes: from where its record hashes come.
    ///   - sameFormat: whether it was cut in this format; if not, its blocks may end where no record does, and only
    ///     their bytes are used again.
    public init(_ manifest: Manifest, hashes: any RangeSource, sameFormat: Bool = true) {
      self.manifest = manifest
      self.hashes = hashes
      self.sameFormat = sameFormat
    }
  }

  /// The literals and stretches of oversized records are cut at this length.
  static let stretch = 1 << 20
  /// Of so many new blocks it is noticed when they come again in the same dump.
  static let remembered = 1 << 16

  private let format: Format
  let fingerprinter: Fingerprinter
  let known: [Span]
  private let recognises: Bool
  /// Whether the last dump is in so many pieces that no further blocks are taken apart.
  let keepsWhole: Bool
  let others: [Span]
  private let objects: [StoredObject]
  let packObject: UInt32
  let isInPlace: Bool
  var position: UInt64 = 0
  private var scanner: DumpScanner
  var upcoming: Upcoming
  var knownTable: SpanTable?
  var othersTable: SpanTable?
  var fresh: [Fingerprint: Int] = [:]
  var spans: [Span] = []
  var expected = 0
  var gathered = Gathered()
  var pending = ByteBuffer()
  var pendingKind = Span.Kind.literal
  var pendingRecords: UInt32 = 0
  var isInOversized = false
  var newBytes = 0
  private var header: [UInt8]?
  private var broken: String?
  var pack = PackBuilder()
  var ownHashes: [UInt64] = []

  /// - Parameters:
  ///   - base: the last dump, keyed with the same secret.
  ///   - others: further blocks in the store (a dump that was refused).
  ///   - pack: the key under which what is new will be stored.
  ///   - isInPlace: the dump itself is the object `pack`: nothing is copied, spans are ranges of it.
  ///   - expectedBytes: how long the dump will be, if that is known: it spares memory.
  public init(
    format: Format, base: Base?, others: Manifest?, fingerprinter: Fingerprinter, pack: String,
    isInPlace: Bool = false, expectedBytes: Int? = nil, maxRecordBytes: Int = DumpScanner.maxRecordBytes
  ) {
    self.isInPlace = isInPlace
    self.format = format
    self.fingerprinter = fingerprinter
    scanner = DumpScanner(format: format, maxRecordBytes: maxRecordBytes)
    let manifest = base?.manifest ?? Manifest(spans: [], objects: [], fingerprinter: fingerprinter)
    known = manifest.spans
    recognises = base?.sameFormat ?? false
    keepsWhole = known.count > 64 + 3 * manifest.byteCount / (4 << 10)
    // The dump's end cut its last block, not the content: see ``recognise(_:atEnd:)``.
    let lastBlock = known.lastIndex { $0.kind == .block } ?? 0
    upcoming = Upcoming(manifest, end: recognises ? lastBlock : 0, source: base?.hashes ?? NoHashes())
    var objects = manifest.objects
    self.others = others.map { Self.adopt($0, &objects, fingerprinter) } ?? []
    packObject = UInt32(objects.count)
    self.objects = objects + [StoredObject(key: pack)]
    spans.reserveCapacity(max(known.count + known.count / 16, min(1 << 24, (expectedBytes ?? 0) / 4000)))
  }

  /// The spans of another manifest with the objects that they are in added to the list.
  private static func adopt(
    _ others: Manifest, _ objects: inout [StoredObject], _ fingerprinter: Fingerprinter
  ) -> [Span] {
    guard others.fingerprinter.isSame(as: fingerprinter) else { return [] }
    let places = Dictionary(zip(objects.map(\.key), objects.indices), uniquingKeysWith: { first, _ in first })
    var numbers: [UInt32] = []
    for object in others.objects {
      numbers.append(UInt32(places[object.key] ?? objects.count))
      if places[object.key] == nil { objects.append(object) }
    }
    return others.spans.map { span in
      var span = span
      span.object = numbers[Int(span.object)]
      return span
    }
  }

  /// Whether there is anything that the store does not have yet.
  public var hasNewBlocks: Bool { !pack.isEmpty }

  /// Takes as much of `window` as is complete; returns how many bytes, which the next window leaves out.
  /// Once `atEnd` was said and everything taken, the dump is complete.
  ///
  /// A dump that is broken as a whole (no such array, an early end) is kept as it is: see ``Recording/broken``.
  /// - Throws: what reading the last dump's hashes throws.
  public mutating func take(_ window: UnsafeRawBufferPointer, atEnd: Bool) throws(Failure) -> Int {
    var consumed = 0
    while true {
      if broken != nil {
        unsafe hold(rest(window, from: consumed), as: .literal)
        if atEnd { flushPending() }
        return window.count
      }
      if recognises, gathered.isEmpty, pending.count == 0, scanner.isAtRecordBoundary {
        switch unsafe recognise(rest(window, from: consumed), atEnd: atEnd) {
        case .known(let length):
          consumed += length
          continue
        case .needMore: return consumed
        case .unknown: break
        }
      }
      let ahead = unsafe rest(window, from: consumed + gathered.length)
      let piece: DumpScanner.Piece
      do { piece = try unsafe scanner.next(ahead, atEnd: atEnd) } catch {
        consumed += unsafe flushGathered(rest(window, from: consumed), isCut: true)
        broken = error.message
        continue
      }
      switch piece {
      case .record(let length):
        flushPending()
        consumed += try unsafe gather(rest(window, from: consumed), next: length)
      case .literal(let length):
        consumed += unsafe flushGathered(rest(window, from: consumed), isCut: true) + length
        unsafe hold(UnsafeRawBufferPointer(rebasing: ahead[..<length]), as: .literal)
      case .header(let length):
        consumed += unsafe flushGathered(rest(window, from: consumed), isCut: true) + length
        flushPending()
        header = unsafe Array(ahead[..<length])
        unsafe hold(UnsafeRawBufferPointer(rebasing: ahead[..<length]), as: .header)
        flushPending()
      case .oversized(let length, let last):
        consumed += unsafe flushGathered(rest(window, from: consumed), isCut: true) + length
        unsafe hold(UnsafeRawBufferPointer(rebasing: ahead[..<length]), as: .oversized)
        if last { flushPending() }
        isInOversized = !last
      case .needMore: return consumed
      case .end:
        consumed += unsafe flushGathered(rest(window, from: consumed), isCut: true)
        flushPending()
        return consumed
      }
    }
  }

  /// Hands over what is ready to be written to the pack.
  public mutating func drain<E: Error>(
    atLeast threshold: Int = 1, _ body: (UnsafeRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    try unsafe pack.drain(atLeast: threshold, body)
  }

  /// Ends the last frame and tells what the dump consists of. ``drain(atLeast:_:)`` once more afterwards.
  public mutating func finish() -> Recording {
    var objects = objects
    if isInPlace {
      let pages = stride(from: 0, to: ownHashes.count, by: StoredObject.pageRecords).map { $0 * 8 }
      objects[Int(packObject)].pages = pages
    } else {
      pack.settle(&spans, of: packObject)
      objects[Int(packObject)].pages = pack.pages
    }
    let manifest = Manifest(spans: spans, objects: objects, fingerprinter: fingerprinter)
    return Recording(
      manifest: manifest, newBytes: newBytes, ending: scanner.ending, header: header, broken: broken,
      hashes: ownHashes)
  }

  /// Adds the state's description to the pack, after ``finish()``; tells where it is.
  public mutating func addSection(_ bytes: [UInt8]) -> Range<Int> { pack.addSection(bytes) }

  // MARK: -

  private enum Recognition {
    case known(Int)
    case needMore
    case unknown
  }

  /// Looks whether the block that stood next in the last dump, or the one after it, comes now.
  ///
  /// Not if it was the last dump's last: the end cut it, not the content. It may have ended inside of quotes, and
  /// a dump that grows by a record each time would come to consist of blocks of one record.
  private mutating func recognise(_ window: UnsafeRawBufferPointer, atEnd: Bool) -> Recognition {
    var candidate = expected
    while candidate < known.count - 1, candidate <= expected + 1 {
      let span = known[candidate]
      if span.kind == .block {
        let length = Int(span.length)
        if length > window.count {
          if !atEnd { return .needMore }
        } else if unsafe window[length - 1] == format.terminator,
          unsafe fingerprinter.fingerprint(UnsafeRawBufferPointer(rebasing: window[..<length]))
            == span.fingerprint
        {
          append(span)
          expected = candidate + 1
          scanner.skippedRecords(bytes: length)
          return .known(length)
        }
      }
      candidate += 1
    }
    return .unknown
  }
}

/// Of a dump that is the first.
private final class NoHashes: RangeSource {
  func read(_ object: String, range: Range<Int>, to output: inout ByteBuffer) {}
}
