import CLanes

/// Looks CSV records over, many at once: where they end, which of them can be taken, and their keys.
///
/// What is quoted otherwise than RFC 4180 has it ends a look, and what a ``RecordParser`` might refuse is left to it.
public struct CSVSurvey: ~Copyable {
  /// One record.
  public struct Record: BitwiseCopyable, Sendable {
    /// What it is.
    public enum Kind: UInt8, BitwiseCopyable, Sendable {
      /// A record that can be taken; its key is known.
      case record
      /// A blank line.
      case blank
      /// A parser has to say.
      case unsure
    }

    /// Where in the window it ends, with its line feed.
    public var end: UInt32
    /// Where its key ends among the keys; it begins where the one before ends. It is empty if it is not known.
    public var keyEnd: UInt32
    /// How many line feeds are in it.
    public var lines: UInt32
    /// What it is.
    public var kind: Kind
  }

  private let delimiter: UInt8
  /// How many fields a record has.
  private let columns: Int
  private let key: [Int]
  /// How many delimiters of a record have to be placed for its key.
  private let placed: Int
  private var places = Pool<UInt32>()
  private var records = Pool<Record>(capacity: 1024)
  private var keys = ByteSink(capacity: 16 << 10)
  private var plain = ByteSink()
  private var tail = ByteSink()

  /// - Parameters:
  ///   - columns: how many the header has.
  ///   - key: the key's columns, from 0; at least one.
  public init(delimiter: UInt8, columns: Int, key: [Int]) {
    precondition(!key.isEmpty && key.allSatisfy { $0 >= 0 && $0 < columns } && delimiter != 0)
    self.delimiter = delimiter
    self.columns = columns
    self.key = key
    placed = min(key.reduce(0, max) + 1, columns - 1)
    for _ in 0..<placed { places.append(0) }
  }

  /// The records that the last look found, until the next one.
  public var found: UnsafeBufferPointer<Record> { unsafe records.buffer }

  /// Their keys one after the other, as ``RecordParser/appendKey(to:)`` writes them: ``Record/keyEnd``.
  public var keyBytes: UnsafeRawBufferPointer { unsafe keys.view.bytes }

  /// Looks over the records at the front of `window`, which is shorter than 2 GiB, up to one that is quoted otherwise
  /// or has no line feed.
  /// - Returns: how many bytes they are.
  public mutating func look(over window: UnsafeRawBufferPointer) -> Int {
    let view = unsafe View(window)
    records.removeAll()
    keys.removeAll()
    var record = Open()
    var quoting = Quoting()
    var base = 0
    while base < view.count {
      let isWhole = base &+ Chunk.size <= view.count
      if !isWhole { padTail(view[base, view.count]) }
      let marks =
        isWhole ? view.marks(at: base, delimiter: delimiter) : tail.view.marks(at: 0, delimiter: delimiter)
      guard take(marks, view, base, &record, &quoting) else { break }
      base &+= Chunk.size
    }
    return record.start
  }

  /// The record that is being looked at.
  private struct Open {
    var start = 0
    var delimiters = 0
    var lines = 0
    /// Whether it may have bytes that are not ASCII.
    var isBeyondASCII = false
  }

  private mutating func padTail(_ rest: View) {
    tail.removeAll()
    tail.append(rest)
    tail.append(zeros: Chunk.size &- rest.count)
  }

  /// Returns false where something is quoted otherwise.
  @inline(__always)
  private mutating func take(
    _ marks: lanes_marks, _ view: View, _ base: Int, _ record: inout Open, _ quoting: inout Quoting
  ) -> Bool {
    let allFeeds = marks.line_feeds
    let isBeyondASCII = marks.beyond_ascii != 0
    if isBeyondASCII { record.isBeyondASCII = true }
    if record.delimiters >= placed, marks.quotes | quoting.carry | allFeeds == 0 {
      // Where its delimiters are makes no difference, but for one at its end.
      quoting.skip(base &+ Chunk.size <= view.count && view[base &+ 63] == delimiter ? 1 &<< 63 : 0)
      record.delimiters &+= marks.delimiters.nonzeroBitCount
      return true
    }
    var delimiters = marks.delimiters
    var ends = allFeeds
    if marks.quotes | quoting.carry == 0 {
      quoting.skip(delimiters | ends)
    } else {
      var outside = delimiters | ends
      quoting.take(marks.quotes, &outside, 0)
      delimiters &= outside
      ends &= outside
      // What comes before the first wrong byte is as it should be.
      if quoting.wrong != 0 { ends &= (quoting.wrong & (0 &- quoting.wrong)) &- 1 }
    }
    var looked: UInt64 = 0
    while ends != 0 {
      let bit = ends & (0 &- ends)
      let before = bit &- 1
      count(delimiters & before & ~looked, base, &record)
      looked = before | bit
      record.lines &+= (allFeeds & looked).nonzeroBitCount
      finish(&record, view, lineFeed: base &+ bit.trailingZeroBitCount)
      record.lines = 0 &- (allFeeds & looked).nonzeroBitCount
      record.isBeyondASCII = isBeyondASCII
      ends &= ends &- 1
    }
    count(delimiters & ~looked, base, &record)
    if allFeeds != 0 { record.lines &+= allFeeds.nonzeroBitCount }
    return quoting.wrong == 0
  }

  @inline(__always)
  private mutating func count(_ delimiters: UInt64, _ base: Int, _ record: inout Open) {
    if record.delimiters < placed {
      var left = delimiters
      var number = record.delimiters
      while left != 0, number < placed {
        places[number] = UInt32(truncatingIfNeeded: base &+ left.trailingZeroBitCount)
        left &= left &- 1
        number &+= 1
      }
    }
    record.delimiters &+= delimiters.nonzeroBitCount
  }

  /// The record ends at a line feed.
  @inline(__always)
  private mutating func finish(_ record: inout Open, _ view: View, lineFeed: Int) {
    var end = lineFeed
    if end > record.start, view[end &- 1] == Byte.carriageReturn { end &-= 1 }
    var kind = Record.Kind.record
    if end == record.start {
      kind = .blank
    } else if record.delimiters &+ 1 != columns {
      kind = .unsure
    } else if record.isBeyondASCII, view[record.start, end].firstInvalidUTF8() != nil {
      kind = .unsure
    } else if !appendKey(view, record.start, end) {
      kind = .unsure
    }
    records.append(
      Record(
        end: UInt32(truncatingIfNeeded: lineFeed &+ 1), keyEnd: UInt32(truncatingIfNeeded: keys.count),
        lines: UInt32(truncatingIfNeeded: record.lines), kind: kind))
    record.start = lineFeed &+ 1
    record.delimiters = 0
  }

  /// Appends the key of a record; appends nothing and returns false if all parts are blank.
  @inline(__always)
  private mutating func appendKey(_ view: View, _ start: Int, _ end: Int) -> Bool {
    let old = keys.count
    var isBlank = true
    for column in key {
      var from = column == 0 ? start : Int(places[column &- 1]) &+ 1
      var to = column == columns &- 1 ? end : Int(places[column])
      if from < to, view[from] == Byte.quote {
        from &+= 1
        to &-= 1
        if view.find(Byte.quote, from: from, to: to) < to {
          undouble(view[from, to])
          isBlank = false
          keys.appendKeyPart(plain.view)
          continue
        }
      }
      if from < to { isBlank = false }
      keys.appendKeyPart(view[from, to])
    }
    if isBlank { keys.truncate(to: old) }
    return !isBlank
  }

  /// Each quote in it is a doubled one.
  private mutating func undouble(_ text: View) {
    plain.removeAll()
    var start = 0
    while true {
      let quote = text.find(Byte.quote, from: start, to: text.count)
      if quote == text.count { break }
      plain.append(text[start, quote &+ 1])
      start = quote &+ 2
    }
    plain.append(text[start, text.count])
  }
}
