import Basics
import Blocks
public import Hashing
public import Records

/// Compares two files while both are read once, from front to back: what is the same in both is found by its bytes, and
/// is looked over once.
///
/// It needs no store and no fingerprints where the files are the same. Records of which nothing was found out that way
/// are paired later by their hashes.
public struct Lockstep: ~Copyable {
  /// What both files consist of.
  public struct Outcome {
    /// The earlier file, and how it is read.
    public var before: Side
    /// The later file, with the same spans where it is the same.
    public var after: Side
    /// What was found out about the earlier file's records.
    public var look: FirstLook.Found
  }

  /// The keys under which the files are objects of the manifests.
  public static let names = ["0", "1"]
  /// A span of both files has so many bytes, or one record.
  static let spanLength = 32 << 10
  /// A span of one file.
  static let changedLength = 8 << 10
  /// How far is looked for where the files meet again, in bytes.
  static let reach = 4 << 20

  private let fingerprinter: Fingerprinter
  private let source: LockstepSource
  var old: RecordStream
  var new: RecordStream
  private var oldSpans: [Span] = []
  private var newSpans: [Span] = []
  /// Records of the earlier file that are settled.
  private var ordinal = 0
  /// How many spans have got a name.
  private var names: UInt64 = 0

  private init(
    _ before: any DumpFile, _ after: any DumpFile, _ format: Format, _ fingerprinter: Fingerprinter
  ) {
    self.fingerprinter = fingerprinter
    source = LockstepSource([before, after])
    old = RecordStream(before, format: format, fingerprinter)
    new = RecordStream(after, format: format, fingerprinter)
  }

  /// Compares two files.
  /// - Parameters:
  ///   - reading: how a dump with this header is read; nil: it is not.
  /// - Returns: nil if they have to be compared in another way, because something about them is unusual.
  public static func compare(
    _ before: any DumpFile, _ after: any DumpFile, format: Format, options: ChangeFinder.Options,
    _ fingerprinter: Fingerprinter, reading: ([String]) -> Reading?
  ) -> Outcome? {
    if case .json = format { return nil }
    var both = Lockstep(before, after, format, fingerprinter)
    do { return try both.run(format, options, reading) } catch { return nil }
  }

  private mutating func run(
    _ format: Format, _ options: ChangeFinder.Options, _ read: ([String]) -> Reading?
  ) throws(Failure) -> Outcome? {
    try old.begin()
    try new.begin()
    var header: [String] = []
    if case .csv(let delimiter) = format, let first = old.header, let second = new.header {
      guard let names = try? Header.parse(first, delimiter: delimiter),
        names == (try? Header.parse(second, delimiter: delimiter))
      else { return nil }
      header = names
    }
    guard let reading = read(header) else { return nil }
    for piece in old.prefix { oldSpans.append(Self.span(&names, piece.kind, piece.range, 0, piece.lines)) }
    for piece in new.prefix { newSpans.append(Self.span(&names, piece.kind, piece.range, 1, piece.lines)) }
    let parser = RecordParser(
      format: format, header: reading.header, key: reading.key,
      blanks: options.columns == .nonEmpty ? .dropped : .kept)
    let look = FirstLook(EntryParser(parser, fingerprinter), fingerprinter, entry: options.entry)
    old.lookOver(look, reading.survey)
    while try step() {}
    if old.ending == .insideQuotes || new.ending == .insideQuotes { return nil }
    let pages = stride(from: 0, to: ordinal, by: StoredObject.pageRecords).map { $0 * 8 }
    let newPages = stride(from: 0, to: source.hashes[1].count, by: StoredObject.pageRecords).map { $0 * 8 }
    let objects = [
      StoredObject(key: Self.names[0], pages: pages), StoredObject(key: Self.names[1], pages: newPages),
    ]
    let first = Manifest(spans: oldSpans, objects: [objects[0]], fingerprinter: fingerprinter)
    let second = Manifest(spans: newSpans, objects: objects, fingerprinter: fingerprinter)
    return Outcome(
      before: Side(manifest: first, reading: reading, patch: nil, blocks: BlockReader(first, from: source)),
      after: Side(manifest: second, reading: reading, patch: nil, blocks: BlockReader(second, from: source)),
      look: look.found)
  }

  /// Settles the records at the front of both. Returns false if there are none.
  private mutating func step() throws(Failure) -> Bool {
    guard try old.cut(atLeast: 1) > 0 else { return try rest(ofNew: true) }
    if new.window.count == 0, !new.window.isAtEnd { try new.readOn() }
    var common = 0
    while true {
      let length = old.end(old.count - 1) - old.offset
      let left = unsafe old.window.bytes(old.offset..<old.offset + length)
      let right = unsafe new.window.bytes(from: new.offset)
      common = unsafe commonPrefix(left, right)
      // Whether the first record goes on is not known before more was read.
      if common == right.count, common < old.end(0) - old.offset, !new.window.isAtEnd {
        try new.readOn()
      } else {
        break
      }
    }
    var count = 0
    while count < old.count, old.end(count) - old.offset <= common { count += 1 }
    if count > 0, count == old.count, old.isOver, !old.endsWithLineFeed {
      // The last record of the earlier file may go on in the later one.
      while new.window.count == common, !new.window.isAtEnd { try new.readOn() }
      if new.window.count > common { count -= 1 }
    }
    if count > 0 {
      settleSame(count)
      return true
    }
    if try new.cut(atLeast: 1) == 0 { return try rest(ofNew: false) }
    try reunite()
    return true
  }

  /// The other file is over.
  private mutating func rest(ofNew isNew: Bool) throws(Failure) -> Bool {
    let count = try isNew ? new.cut(atLeast: 256) : old.cut(atLeast: 1)
    if count == 0 { return false }
    settle(old: isNew ? 0 : count, new: isNew ? count : 0)
    return true
  }

  // MARK: - Spans

  /// So many records are the same.
  private mutating func settleSame(_ count: Int) {
    let shift = new.offset - old.offset
    var first = 0
    while first < count {
      let start = old.start(first)
      var lines = old.lines(first)
      var next = first + 1
      while next < count, old.end(next) - start <= Self.spanLength {
        lines += old.lines(next)
        next += 1
      }
      var span = Self.span(&names, .block, start..<old.end(next - 1), 0, lines)
      span.records = UInt32(next - first)
      span.firstRecord = UInt32(ordinal)
      oldSpans.append(span)
      newSpans.append(span)
      ordinal += next - first
      first = next
    }
    let end = old.end(count - 1)
    old.settle(upTo: end)
    new.settle(upTo: end + shift)
  }

  /// So many records of each are of one file only, as far as can be seen here.
  mutating func settle(old oldCount: Int, new newCount: Int) {
    if oldCount > 0 {
      source.noteChanged(from: ordinal)
      for index in 0..<oldCount { source.hashes[0].append(old.hash(index)) }
      oldSpans += Self.spans(&names, of: old, oldCount, object: 0, firstRecord: ordinal)
      ordinal += oldCount
      old.settle(upTo: old.end(oldCount - 1))
    }
    if newCount > 0 {
      let first = source.hashes[1].count
      for index in 0..<newCount { source.hashes[1].append(new.hash(index)) }
      newSpans += Self.spans(&names, of: new, newCount, object: 1, firstRecord: first)
      new.settle(upTo: new.end(newCount - 1))
    }
  }

  private static func spans(
    _ names: inout UInt64, of stream: borrowing RecordStream, _ count: Int, object: UInt32, firstRecord: Int
  ) -> [Span] {
    var spans: [Span] = []
    var first = 0
    while first < count {
      let start = stream.start(first)
      var lines = stream.lines(first)
      var next = first + 1
      while next < count, stream.end(next) - start <= changedLength {
        lines += stream.lines(next)
        next += 1
      }
      var span = span(&names, .block, start..<stream.end(next - 1), object, lines)
      span.records = UInt32(next - first)
      span.firstRecord = UInt32(firstRecord + first)
      spans.append(span)
      first = next
    }
    return spans
  }

  /// A span with a name of its own in place of a fingerprint: what is the same is one span of both files.
  private static func span(
    _ names: inout UInt64, _ kind: Span.Kind, _ range: Range<Int>, _ object: UInt32, _ lines: UInt32
  ) -> Span {
    names += 1
    return Span(
      kind: kind, fingerprint: Fingerprint(high: 0, low: names), length: UInt32(range.count), records: 0,
      lines: lines, object: object, frameOffset: UInt64(range.lowerBound), frameLength: 0, offset: 0,
      firstRecord: 0)
  }
}
