/// Cuts a dump into pieces while it streams. The concatenation of all pieces is the dump, byte for byte.
///
/// Where the windows begin and end makes no difference, but that literals and oversized records come in more
/// or fewer stretches.
public struct DumpScanner: Sendable {
  /// The longest record that is taken unless another limit is given, in bytes with its terminator.
  public static let maxRecordBytes = 16 << 20

  /// What stands at the current position; lengths are in bytes, and never zero.
  public enum Piece: Equatable, Sendable {
    /// Bytes of no record: a byte-order mark, blank lines before a CSV header, JSON before the first element
    /// and from the closing bracket on.
    case literal(Int)
    /// The CSV header record with its line end.
    case header(Int)
    /// One whole record with its terminator (``Format/terminator``), if it is not the last.
    case record(Int)
    /// A stretch of a record that is longer than the maximum; the last one says so.
    case oversized(Int, last: Bool)
    /// The window is too short: call again with a longer one that begins at the same byte, or say `atEnd`.
    case needMore
    /// The dump is over.
    case end
  }

  /// How a dump ended.
  public enum Ending: Equatable, Sendable {
    /// As it should.
    case terminated
    /// CSV, JSON Lines: the last record has no line end.
    case unterminated
    /// CSV: in a quoted field.
    case insideQuotes
    /// There were no bytes, or a byte-order mark alone.
    case empty
  }

  enum Phase { case start, header, lines, prefix, elements, footer, end }

  let format: Format
  let maximum: Int
  var phase = Phase.start
  /// Bytes of the dump before the current position.
  var offset = 0
  /// Where the dump begins after its byte-order mark.
  private var contentStart = 0
  /// Whether stretches of the record at the current position were given away.
  var isInOversized = false
  var lines: LineCutter
  var elements = ElementCutter()
  var document: DocumentWalker
  /// JSON: whether a comma came before, so that an element has to follow.
  var isAfterComma = false
  /// JSON: how many bytes of whitespace are known to come before the element.
  var leadingSpace = 0
  /// JSON: whether the position is in whitespace that is longer than the maximum.
  var isInLongSpace = false

  /// How the dump ended; valid after ``Piece/end``.
  public internal(set) var ending = Ending.terminated

  /// A scanner at a dump's first byte. A record longer than `maxRecordBytes` (at least 2) is cut into stretches.
  public init(format: Format, maxRecordBytes: Int = DumpScanner.maxRecordBytes) {
    precondition(maxRecordBytes >= 2)
    self.format = format
    maximum = maxRecordBytes
    switch format {
    case .csv(let delimiter):
      precondition(
        delimiter != Byte.quote && delimiter != Byte.lineFeed && delimiter != Byte.carriageReturn,
        "no delimiter for CSV")
      lines = LineCutter(delimiter: delimiter)
      document = DocumentWalker(path: [])
    case .jsonLines:
      lines = LineCutter(delimiter: nil)
      document = DocumentWalker(path: [])
    case .json(let unwrap):
      lines = LineCutter(delimiter: nil)
      document = DocumentWalker(path: unwrap)
    }
  }

  /// Whether the position is a record's beginning, so that known whole terminated records may be skipped.
  public var isAtRecordBoundary: Bool {
    switch phase {
    case .lines, .elements: !isInOversized
    case .start: format == .jsonLines
    case .header, .prefix, .footer, .end: false
    }
  }

  /// The caller recognised `bytes` bytes of whole terminated records at the position and skipped them; the next
  /// window begins after them.
  public mutating func skippedRecords(bytes: Int) {
    precondition(isAtRecordBoundary)
    if bytes == 0 { return }
    offset += bytes
    lines.reset()
    elements = ElementCutter()
    leadingSpace = 0
    isInLongSpace = false
    isAfterComma = true
    if phase == .start { phase = .lines }
  }

  /// What stands at the current position. `window`: the bytes from there on; the caller moves on by the piece's
  /// length. `atEnd`: the window reaches to the end of the dump.
  ///
  /// Throws if the dump cannot be cut; it is not called again then.
  public mutating func next(_ window: UnsafeRawBufferPointer, atEnd: Bool) throws(ScanError) -> Piece {
    let view = unsafe View(window)
    switch phase {
    case .lines: return nextLine(view, atEnd: atEnd)
    case .elements: return try nextElement(view, atEnd: atEnd)
    case .header: return try nextHeader(view, atEnd: atEnd)
    case .prefix, .footer: return try nextOfDocument(view, atEnd: atEnd)
    case .end: return .end
    case .start:
      if let piece = start(view, atEnd: atEnd) { return piece }
      return unsafe try next(window, atEnd: atEnd)
    }
  }

  /// Takes the byte-order mark; nil if there is none.
  private mutating func start(_ window: View, atEnd: Bool) -> Piece? {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let common = min(3, window.count)
    let begins = (0..<common).allSatisfy { window[$0] == mark[$0] }
    if begins, common < 3, !atEnd { return .needMore }
    switch format {
    case .csv: phase = .header
    case .jsonLines: phase = .lines
    case .json: phase = .prefix
    }
    if begins, common == 3 {
      offset += 3
      contentStart = 3
      return .literal(3)
    }
    return nil
  }
}

// MARK: CSV and JSON Lines

extension DumpScanner {
  @inline(__always) private mutating func nextLine(_ window: View, atEnd: Bool) -> Piece {
    if let length = lines.find(in: window, atEnd: atEnd) { return finishRecord(length) }
    return lineWithoutEnd(window, atEnd: atEnd)
  }

  @inline(__always) private mutating func finishRecord(_ length: Int) -> Piece {
    lines.advance(length, inRecord: false)
    offset &+= length
    if isInOversized || length > maximum {
      isInOversized = false
      return .oversized(length, last: true)
    }
    return .record(length)
  }

  @inline(never) private mutating func lineWithoutEnd(_ window: View, atEnd: Bool) -> Piece {
    if atEnd {
      if window.isEmpty { return finish() }
      ending = lines.inQuotes ? .insideQuotes : .unterminated
      return finishRecord(window.count)
    }
    // One byte stays, so that the last stretch is never empty.
    let length = lines.looked - 1
    guard length >= maximum else { return .needMore }
    isInOversized = true
    lines.advance(length, inRecord: true)
    offset += length
    return .oversized(length, last: false)
  }

  private mutating func finish() -> Piece {
    phase = .end
    if offset == contentStart { ending = .empty }
    return .end
  }

  private mutating func nextHeader(_ window: View, atEnd: Bool) throws(ScanError) -> Piece {
    let found = lines.find(in: window, atEnd: atEnd)
    if found == nil, !atEnd, lines.looked <= maximum { return .needMore }
    if found == nil, window.isEmpty { return finish() }
    let length = found ?? (atEnd ? window.count : lines.looked)
    if length > maximum {
      throw ScanError(
        kind: .headerTooLong, offset: offset,
        message: "the CSV header is longer than \(maximum) bytes: look for a quote without its counterpart "
          + "in the dump's first line")
    }
    if found == nil { ending = lines.inQuotes ? .insideQuotes : .unterminated }
    lines.advance(length, inRecord: false)
    offset += length
    let isBlank =
      found != nil && (length == 1 || (length == 2 && window[0] == Byte.carriageReturn))
    if isBlank { return .literal(length) }
    phase = .lines
    return .header(length)
  }
}
