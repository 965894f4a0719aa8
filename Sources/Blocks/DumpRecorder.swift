import Basics
public import Hashing
public import Records

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

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
  private static let stretch = 1 << 20

  private let format: Format
  private let fingerprinter: Fingerprinter
  private let known: [Span]
  private let others: [Span]
  private let objects: [String]
  private let packObject: UInt32
  private let isInPlace: Bool
  private var position: UInt64 = 0
  private var scanner: DumpScanner
  private var places: [Fingerprint: Int]?
  private var fresh: [Fingerprint: Int] = [:]
  private var spans: [Span] = []
  private var expected = 0
  private var blockLength = 0
  private var blockRecords: UInt32 = 0
  private var pending = ByteBuffer()
  private var pendingKind = Span.Kind.literal
  private var pendingRecords: UInt32 = 0
  private var newBytes = 0
  private var header: [UInt8]?
  private var broken: String?
  private var pack = PackBuilder()

  /// - Parameters:
  ///   - base: the last dump, whose blocks need not be stored again.
  ///   - others: further blocks in the store (a dump that was refused); keyed with the same secret.
  ///   - pack: the key under which what is new will be stored.
  ///   - isInPlace: the dump itself is the object `pack`: nothing is copied, spans are ranges of it.
  public init(
    format: Format, base: Manifest?, others: Manifest?, fingerprinter: Fingerprinter, pack: String,
    isInPlace: Bool = false, maxRecordBytes: Int = DumpScanner.maxRecordBytes
  ) {
    self.isInPlace = isInPlace
    self.format = format
    self.fingerprinter = fingerprinter
    scanner = DumpScanner(format: format, maxRecordBytes: maxRecordBytes)
    var objects = base?.objects ?? []
    known = base?.spans ?? []
    var moved: [Span] = []
    if let others, others.fingerprinter.secret == fingerprinter.secret {
      var numbers: [UInt32] = []
      for key in others.objects {
        if let number = objects.firstIndex(of: key) {
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
      if blockLength == 0, pending.count == 0, scanner.isAtRecordBoundary {
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
    guard pack.output.count >= threshold else { return }
    unsafe try body(pack.output.bytes)
    pack.output.truncate()
  }

  /// Ends the last frame and tells what the dump consists of. ``drain(atLeast:_:)`` once more afterwards.
  public mutating func finish() -> Recording {
    pack.closeFrame()
    for index in spans.indices where spans[index].object == packObject && !isInPlace {
      let frame = pack.frames[Int(spans[index].frameOffset)]
      spans[index].frameOffset = frame.offset
      spans[index].frameLength = frame.length
    }
    let manifest = Manifest(spans: spans, objects: objects, fingerprinter: fingerprinter)
    return Recording(
      manifest: manifest, newBytes: newBytes, ending: scanner.ending, header: header, broken: broken)
  }

  /// Adds the state's description to the pack, after ``finish()``; tells where it is.
  public mutating func addSection(_ bytes: [UInt8]) -> Range<Int> { pack.addSection(bytes) }

  // MARK: -

  private var isInOversized = false

  private enum Recognition {
    case known(Int)
    case needMore
    case unknown
  }

  /// Looks whether the block that stood next in the last dump, or the one after it, comes now.
  private mutating func recognise(_ window: UnsafeRawBufferPointer, atEnd: Bool) -> Recognition {
    var candidate = expected
    while candidate < known.count, candidate <= expected + 1 {
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

  /// Ends the block that is being gathered at the front of `window`; returns its length.
  private mutating func flushBlock(_ window: UnsafeRawBufferPointer) -> Int {
    let length = blockLength
    guard length > 0 else { return 0 }
    unsafe emit(.block, UnsafeRawBufferPointer(rebasing: window[..<length]), records: blockRecords)
    blockLength = 0
    blockRecords = 0
    return length
  }

  /// Gathers literal bytes, so that where they are cut does not depend on how they came.
  private mutating func hold(_ bytes: UnsafeRawBufferPointer, as kind: Span.Kind) {
    if pending.count > 0, pendingKind != kind { flushPending() }
    pendingKind = kind
    if kind == .oversized, !isInOversized { pendingRecords = 1 }
    var rest = unsafe bytes
    while rest.count > 0 {
      let part = min(rest.count, Self.stretch - pending.count)
      unsafe pending.append(UnsafeRawBufferPointer(rebasing: rest[..<part]))
      unsafe rest = UnsafeRawBufferPointer(rebasing: rest[part...])
      if pending.count == Self.stretch { flushPending() }
    }
  }

  private mutating func flushPending() {
    guard pending.count > 0 else { return }
    let held = pending.array()
    pending.truncate()
    unsafe held.withUnsafeBytes { unsafe emit(pendingKind, $0, records: pendingRecords) }
    pendingRecords = 0
  }

  /// Adds a span, and its bytes to the pack unless the store has them.
  private mutating func emit(_ kind: Span.Kind, _ bytes: UnsafeRawBufferPointer, records: UInt32) {
    let fingerprint = unsafe fingerprinter.fingerprint(bytes)
    if let span = lookUp(kind, fingerprint, length: bytes.count, records: records) {
      append(span)
      return
    }
    let place = isInPlace ? (frame: 0, offset: UInt32(0)) : unsafe pack.add(bytes)
    newBytes += bytes.count
    fresh[fingerprint] = spans.count
    append(
      Span(
        kind: kind, fingerprint: fingerprint, length: UInt32(bytes.count), records: records,
        lines: unsafe countLines(bytes), object: packObject,
        frameOffset: isInPlace ? position : UInt64(place.frame), frameLength: 0, offset: place.offset))
  }

  private mutating func append(_ span: Span) {
    spans.append(span)
    position += UInt64(span.length)
  }

  private mutating func lookUp(
    _ kind: Span.Kind, _ fingerprint: Fingerprint, length: Int, records: UInt32
  ) -> Span? {
    for candidate in expected..<max(expected, min(expected + 2, known.count))
    where known[candidate].fingerprint == fingerprint && known[candidate].kind == kind
      && known[candidate].records == records
    {
      expected = candidate + 1
      return known[candidate]
    }
    if places == nil {
      var made = [Fingerprint: Int](minimumCapacity: known.count + others.count)
      for (index, span) in others.enumerated() { made[span.fingerprint] = known.count + index }
      for (index, span) in known.enumerated() { made[span.fingerprint] = index }
      places = made
    }
    if let place = places?[fingerprint] {
      let span = place < known.count ? known[place] : others[place - known.count]
      if span.kind == kind, span.length == UInt32(length), span.records == records {
        if place < known.count { expected = place + 1 }
        return span
      }
    } else if let place = fresh[fingerprint], spans[place].kind == kind,
      spans[place].records == records
    {
      return spans[place]
    } else {
      // The block was replaced rather than inserted, more often than not: expect the one after it.
      expected = min(expected + 1, known.count)
    }
    return nil
  }

  private func rest(_ window: UnsafeRawBufferPointer, from start: Int) -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(rebasing: window[start...])
  }

  private func countLines(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var count: UInt32 = 0
    var position = 0
    while position < bytes.count,
      let hit = unsafe memchr(bytes.baseAddress! + position, 10, bytes.count - position)
    {
      count += 1
      unsafe position = UnsafeRawPointer(hit) - bytes.baseAddress! + 1
    }
    return count
  }
}
