import CLanes

/// The fields of one CSV record, found in one pass. What is inside of quotes is looked at when it is asked for.
struct CSVFields: ~Copyable {
  let delimiter: UInt8
  /// The record without its line end, quoted as RFC 4180 has it: a field that begins with a quote ends with one, and
  /// between them all quotes are doubled; other fields have none.
  private(set) var line: View
  /// The line, and what may be read after it.
  private var room: View
  /// How far ``splitFirst(of:)`` looks: a line that is longer takes its time anyway.
  private static let sight = 64 << 10
  /// How many fields there are.
  private(set) var count = 0
  /// What ends fields in a chunk of the line.
  struct Ends: BitwiseCopyable {
    /// Which bytes are delimiters that end a field.
    var bits: UInt64
    /// How many fields end up to there.
    var count: Int
  }
  private var ends = Pool<Ends>()
  /// Where each field begins, as far as was asked for, and where the one after the last would.
  private var starts = Pool<UInt32>()
  /// How many words of `ends` are in `starts`.
  private var taken = 0
  /// A line that was quoted otherwise, as RFC 4180 has it.
  var mended = ByteSink()
  /// Which bytes of the line a JSON string cannot hold, as bits (little-endian), and a word more.
  private var specials = Pool<UInt64>()
  private var padded = ByteSink()

  init(delimiter: UInt8) {
    self.delimiter = delimiter
    line = unsafe View(UnsafeRawBufferPointer(start: nil, count: 0))
    room = line
  }

  /// The record without its line end, LF or CRLF. A lone CR is data.
  @inline(__always) static func withoutLineEnd(_ record: View) -> View {
    var end = record.count
    if end > 0, record[end - 1] == Byte.lineFeed {
      end -= 1
      if end > 0, record[end - 1] == Byte.carriageReturn { end -= 1 }
    }
    return record[0, end]
  }

  /// What a line turned out to be.
  enum Split {
    /// It has fields.
    case fields
    /// It has fields, and bytes that are not ASCII.
    case fieldsBeyondASCII
    /// The quoted field after so many others does not end.
    case endless(Int)
  }

  /// Finds the fields of `text`, which has no line end any more and is not empty.
  ///
  /// RFC 4180, and where it is silent as Python's `csv` has it: a quote opens a quoted field only where a field
  /// begins; what stands between the closing quote and the delimiter belongs to the field.
  @inline(__always) mutating func split(_ text: View) -> Split {
    let (isRegular, isASCII) = find(text)
    if isRegular { return isASCII ? .fields : .fieldsBeyondASCII }
    if let number = mend(text) { return .endless(number) }
    let (isMended, _) = find(mended.view)
    precondition(isMended)
    return isASCII ? .fields : .fieldsBeyondASCII
  }

  /// Whether the line is quoted as RFC 4180 has it, so that the fields that were found are right.
  private mutating func find(_ text: View) -> (isRegular: Bool, isASCII: Bool) {
    specials.removeAll()
    if text.count < Chunk.size { pad(text) }
    ends.removeAll()
    starts.removeAll()
    starts.append(0)
    taken = 0
    var number = 0
    var beyondASCII: UInt64 = 0
    var quoting = Quoting()
    text.forEachChunk(padded: padded.view, delimiter: delimiter) { marks, surplus in
      beyondASCII |= marks.beyond_ascii
      var delimiters = marks.delimiters &>> surplus
      if marks.quotes | quoting.carry == 0 {
        quoting.skip(delimiters)
      } else {
        quoting.take(marks.quotes &>> surplus, &delimiters, surplus)
      }
      number &+= delimiters.nonzeroBitCount
      ends.append(Ends(bits: delimiters, count: number))
      specials.append((marks.specials &>> surplus).littleEndian)
    }
    specials.append(0)
    (line, room) = (text, text)
    count = number &+ 1
    return (quoting.isRegular, beyondASCII == 0)
  }

  /// Finds the end of the line at the front of `rest` and its fields in one pass.
  /// - Returns: where its line feed is; nil unless it is in sight, and all is quoted as RFC 4180 has it.
  @inline(__always) mutating func splitFirst(of rest: View) -> (end: Int, isASCII: Bool)? {
    specials.removeAll()
    ends.removeAll()
    starts.removeAll()
    starts.append(0)
    taken = 0
    var number = 0
    var beyondASCII: UInt64 = 0
    var quoting = Quoting()
    var index = 0
    let last = min(rest.count, Self.sight) &- Chunk.size
    while index <= last {
      let marks = rest.marks(at: index, delimiter: delimiter)
      beyondASCII |= marks.beyond_ascii
      var delimiters = marks.delimiters
      let end = quoting.take(marks.quotes, &delimiters, lineFeeds: marks.line_feeds)
      number &+= delimiters.nonzeroBitCount
      ends.append(Ends(bits: delimiters, count: number))
      specials.append(marks.specials.littleEndian)
      if end != 0 {
        guard quoting.isRegularLine else { return nil }
        specials.append(0)
        let length = index &+ end.trailingZeroBitCount
        (line, room) = (rest[0, length], rest)
        count = number &+ 1
        return (length, beyondASCII == 0)
      }
      index &+= Chunk.size
    }
    return nil
  }

  @inline(never) private mutating func pad(_ text: View) {
    padded.removeAll()
    padded.append(zeros: Chunk.size &- text.count)
    padded.append(text)
  }

  /// Finds where the fields before `bound` are. They are not needed to judge a record, so it is put off.
  @inline(__always) mutating func locate(_ bound: Int) {
    while starts.count <= bound {
      if taken == ends.count { return starts.append(UInt32(truncatingIfNeeded: line.count &+ 1)) }
      let end = ends[taken]
      starts.append(
        marks: end.bits, upTo: end.count &+ 1, first: UInt32(truncatingIfNeeded: taken &* Chunk.size &+ 1))
      taken &+= 1
    }
  }

  /// The fields that were located, until the next change.
  @inline(__always) var located: Located {
    Located(line: room, starts: starts.view, specials: specials.view)
  }

  /// Where in the line a field's text is, without the quotes around it, once it is located.
  @inline(__always) func bounds(_ column: Int) -> (start: Int, end: Int) { located.bounds(column) }

  /// Whether a field is empty that was located.
  @inline(__always) func isEmpty(_ column: Int) -> Bool { located.isEmpty(column) }

  /// Appends a field's text.
  mutating func append(_ column: Int, to sink: inout ByteSink) {
    locate(column &+ 1)
    var (start, end) = bounds(column)
    while true {
      let quote = line.find(Byte.quote, from: start, to: end)
      if quote == end { break }
      sink.append(line[start, quote &+ 1])
      start = quote &+ 2
    }
    sink.append(line[start, end])
  }

  /// Finds where all fields are, before ``Located/write(_:with:)``; the most bytes that all fields take then.
  @inline(__always) mutating func prepareWriting() -> Int {
    locate(count)
    // Only for long lines is it worth while to know better.
    return line.count &+ (line.count < 1024 ? line.count : countSpecials()) &* 5
  }

  private func countSpecials() -> Int {
    var count = 0
    for place in 0..<specials.count { count &+= specials[place].nonzeroBitCount }
    return count
  }
}

/// Fields by their places in a line. It is a value of its own so that it can stay in registers while bytes are written.
struct Located {
  /// The line, and perhaps what comes after it.
  let line: View
  let starts: Pool<UInt32>.Glimpse
  let specials: Pool<UInt64>.Glimpse

  @inline(__always) func bounds(_ column: Int) -> (start: Int, end: Int) {
    let start = Int(starts[column])
    let end = Int(starts[column &+ 1]) &- 1
    return start < end && line[start] == Byte.quote ? (start &+ 1, end &- 1) : (start, end)
  }

  @inline(__always) func isEmpty(_ column: Int) -> Bool {
    let (start, end) = bounds(column)
    return start == end
  }

  /// Writes a field as the inside of a JSON string, with no more escapes than JSON demands.
  @inline(__always) func write(_ column: Int, with pen: inout Pen) {
    var (start, end) = bounds(column)
    while true {
      let length = end &- start
      // The marks of 56 bytes, and perhaps of some more.
      let marks = specials.bits(from: start) | 1 &<< 56
      let clean = marks.trailingZeroBitCount
      if clean >= length { return pen.writePiece(line, start, length) }
      pen.writePiece(line, start, clean)
      start &+= clean
      if clean == 56 { continue }
      let byte = line[start]
      pen.writeEscape(byte)
      // A quote in a field is a doubled one.
      start &+= byte == Byte.quote ? 2 : 1
    }
  }
}
