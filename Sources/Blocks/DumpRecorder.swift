import Basics
public import Hashing
public import Records

/// Turns a dump that streams by into a manifest, and the blocks that the store does not have into a pack.
///
/// A block that stood next in the last dump is known again by one fingerprint, without being split into
/// records. Elsewhere records are split, blocks cut by content and looked up among all blocks of the last dump.
public struct DumpRecorder: ~Copyable {
  /// What was found out about a dump.
  public struct Recording {
    /// The dump's spans; those of the pack that was built refer to the last object.
    public var manifest: Manifest
    /// How many bytes of blocks are new, before compression.
    public var newBytes: Int
    /// How the dump ended.
    public var ending: DumpScanner.Ending
    /// CSV's header record, as it came.
    public var header: [UInt8]?
    /// Why the dump cannot be read as a whole; its bytes are kept all the same.
    public var broken: String?
  }

  /// The literals and stretches of oversized records are cut at this length.
  static let stretch = 1 << 20

  private let format: Format
  let fingerprinter: Fingerprinter
  let known: [Span]
  private let recognises: Bool
  let others: [Span]
  private let objects: [String]
  let packObject: UInt32
  let isInPlace: Bool
  var position: UInt64 = 0
  private var scanner: DumpScanner
  var places: [Fingerprint: Int]?
  var fresh: [Fingerprint: Int] = [:]
  var spans: [Span] = []
  var expected = 0
  var blockLength = 0
  var blockRecords: UInt32 = 0
  var pending = ByteBuffer()
  var pendingKind = Span.Kind.literal
  var pendingRecords: UInt32 = 0
  var newBytes = 0
  private var header: [UInt8]?
  private var broken: String?
  var pack = PackBuilder()

  /// - Parameters:
  ///   - base: the last dump, whose blocks need not be stored again.
  ///   - sameFormat: whether the last dump was cut in this format; if not, its blocks may end where no record does,
  ///     and only their bytes are used again.
  ///   - others: further blocks in the store (a dump that was refused); keyed with the same secret.
  ///   - pack: the key under which what is new will be stored.
  ///   - isInPlace: the dump itself is the object `pack`: nothing is copied, spans are ranges of it.
  public init(
    format: Format, base: Manifest?, sameFormat: Bool = true, others: Manifest?, fingerprinter: Fingerprinter,
    pack: String, isInPlace: Bool = false, maxRecordBytes: Int = DumpScanner.maxRecordBytes
  ) {
    self.isInPlace = isInPlace
    self.format = format
    self.fingerprinter = fingerprinter
    scanner = DumpScanner(format: format, maxRecordBytes: maxRecordBytes)
    var objects = base?.objects ?? []
    known = base?.spans ?? []
    recognises = sameFormat
    var moved: [Span] = []
    if let others, others.fingerprinter.isSame(as: fingerprinter) {
      let places = Dictionary(zip(objects, objects.indices), uniquingKeysWith: { first, _ in first })
      var numbers: [UInt32] = []
      for key in others.objects {
        if let number = places[key] {
          numbers.append(UInt32(number))
        } else {
          numbers.append(UInt32(objects.count))
          objects.append(key)
        }
      }
      moved = others.spans.map { span in
        var span = span
        span.object = numbers[Int(span.object)]
        return span
      }
    }
    self.others = moved
    packObject = UInt32(objects.count)
    self.objects = objects + [pack]
  }

  /// Whether there is anything that the store does not have yet.
  public var hasNewBlocks: Bool { !pack.isEmpty }

  /// Takes as much of `window` as is complete; returns how many bytes, which the next window leaves out.
  /// Once `atEnd` was said and everything taken, the dump is complete.
  ///
  /// A dump that is broken as a whole (no such array, an early end) is kept as it is: see ``Recording/broken``.
  public mutating func take(_ window: UnsafeRawBufferPointer, atEnd: Bool) -> Int {
    var consumed = 0
    while true {
      if broken != nil {
        unsafe hold(rest(window, from: consumed), as: .literal)
        if atEnd { flushPending() }
        return window.count
      }
      if recognises, blockLength == 0, pending.count == 0, scanner.isAtRecordBoundary {
        switch unsafe recognise(rest(window, from: consumed), atEnd: atEnd) {
        case .known(let length):
          consumed += length
          continue
        case .needMore: return consumed
        case .unknown: break
        }
      }
      let ahead = unsafe rest(window, from: consumed + blockLength)
      let piece: DumpScanner.Piece
      do { piece = try unsafe scanner.next(ahead, atEnd: atEnd) } catch {
        consumed += unsafe flushBlock(rest(window, from: consumed))
        broken = error.message
        continue
      }
      switch piece {
      case .record(let length):
        flushPending()
        let record = unsafe UnsafeRawBufferPointer(rebasing: ahead[..<length])
        blockLength += length
        blockRecords += 1
        if unsafe BlockCutter.cuts(after: record, blockLength: blockLength) {
          consumed += unsafe flushBlock(rest(window, from: consumed))
        }
      case .literal(let length):
        consumed += unsafe flushBlock(rest(window, from: consumed)) + length
        unsafe hold(UnsafeRawBufferPointer(rebasing: ahead[..<length]), as: .literal)
      case .header(let length):
        consumed += unsafe flushBlock(rest(window, from: consumed)) + length
        flushPending()
        header = unsafe Array(ahead[..<length])
        unsafe hold(UnsafeRawBufferPointer(rebasing: ahead[..<length]), as: .header)
        flushPending()
      case .oversized(let length, let last):
        consumed += unsafe flushBlock(rest(window, from: consumed)) + length
        unsafe hold(UnsafeRawBufferPointer(rebasing: ahead[..<length]), as: .oversized)
        if last { flushPending() }
        isInOversized = !last
      case .needMore: return consumed
      case .end:
        consumed += unsafe flushBlock(rest(window, from: consumed))
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
    if !isInPlace { pack.settle(&spans, of: packObject) }
    let manifest = Manifest(spans: spans, objects: objects, fingerprinter: fingerprinter)
    return Recording(
      manifest: manifest, newBytes: newBytes, ending: scanner.ending, header: header, broken: broken)
  }

  /// Adds the state's description to the pack, after ``finish()``; tells where it is.
  public mutating func addSection(_ bytes: [UInt8]) -> Range<Int> { pack.addSection(bytes) }

  // MARK: -

  var isInOversized = false

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
