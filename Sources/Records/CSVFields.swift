/// The fields of one CSV record. Most are views of the record; what has to be put together is in `joined`.
struct CSVFields: ~Copyable {
  /// Where a field's text is.
  struct Field: BitwiseCopyable {
    var start: UInt32
    var end: UInt32
    var isJoined: Bool

    @inline(__always) init(_ start: Int, _ end: Int, isJoined: Bool = false) {
      self.start = UInt32(truncatingIfNeeded: start)
      self.end = UInt32(truncatingIfNeeded: end)
      self.isJoined = isJoined
    }

    @inline(__always) var isEmpty: Bool { start == end }
  }

  let delimiter: UInt8
  private(set) var fields = Pool<Field>()
  private(set) var joined = ByteSink()

  init(delimiter: UInt8) { self.delimiter = delimiter }

  /// The record without its line end, LF or CRLF. A lone CR is data.
  static func withoutLineEnd(_ record: View) -> View {
    var end = record.count
    if end > 0, record[end - 1] == Byte.lineFeed {
      end -= 1
      if end > 0, record[end - 1] == Byte.carriageReturn { end -= 1 }
    }
    return record[0, end]
  }

  /// Finds the fields of `line`, which has no line end any more. False: a quoted field does not end.
  ///
  /// RFC 4180, and where it is silent as Python's `csv` has it: a quote opens a quoted field only where a field
  /// begins; what stands between the closing quote and the delimiter belongs to the field.
  @inline(__always) mutating func split(_ line: View) -> Bool {
    fields.removeAll()
    if line.find(Byte.quote, from: 0, to: line.count) < line.count { return splitQuoted(line) }
    let pattern = Word.repeating(delimiter)
    var start = 0
    var index = 0
    while index &+ 8 <= line.count {
      var hits = Word.zeros(line.word(at: index) ^ pattern)
      while hits != 0 {
        let end = index &+ Word.index(hits)
        fields.append(Field(start, end))
        start = end &+ 1
        hits &= hits &- 1
      }
      index &+= 8
    }
    while index < line.count {
      if line[index] == delimiter {
        fields.append(Field(start, index))
        start = index &+ 1
      }
      index &+= 1
    }
    fields.append(Field(start, line.count))
    return true
  }

  private mutating func splitQuoted(_ line: View) -> Bool {
    joined.removeAll()
    var start = 0
    while true {
      var end: Int
      if start < line.count, line[start] == Byte.quote {
        let quote = line.find(Byte.quote, from: start &+ 1, to: line.count)
        if quote == line.count { return false }
        end = quote &+ 1
        if end == line.count || line[end] == delimiter {
          fields.append(Field(start &+ 1, quote))
        } else {
          let begin = joined.count
          end = join(line, from: start + 1, quote: quote)
          if end < 0 { return false }
          fields.append(Field(begin, joined.count, isJoined: true))
        }
      } else {
        end = line.find(delimiter, from: start, to: line.count)
        fields.append(Field(start, end))
      }
      if end == line.count { return true }
      start = end &+ 1
    }
  }

  /// Puts a quoted field together that has a quote in it at `quote`; returns where it ends, or -1.
  private mutating func join(_ line: View, from start: Int, quote: Int) -> Int {
    var start = start
    var quote = quote
    while quote + 1 < line.count, line[quote + 1] == Byte.quote {
      joined.append(line[start, quote + 1])
      start = quote + 2
      quote = line.find(Byte.quote, from: start, to: line.count)
      if quote == line.count { return -1 }
    }
    joined.append(line[start, quote])
    let end = line.find(delimiter, from: quote + 1, to: line.count)
    joined.append(line[quote + 1, end])
    return end
  }

  /// What a field's offsets count in.
  @inline(__always) func source(_ field: Field, _ line: View) -> View { field.isJoined ? joined.view : line }

  /// A field's text.
  @inline(__always) func text(_ field: Field, _ line: View) -> View {
    source(field, line)[Int(field.start), Int(field.end)]
  }
}
