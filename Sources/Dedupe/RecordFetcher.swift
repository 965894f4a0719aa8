public import Basics
import Blocks
public import Records

/// Finds records by their number and writes them as JSON. Fast where the numbers mostly grow.
public struct RecordFetcher: ~Copyable {
  private let side: Side
  private var parser: RecordParser
  private var span = 0
  private var nextOrdinal = 0
  private var position = 0
  private var counted = (span: 0, offset: 0, line: 0)

  /// - Parameter renamed: names to write instead of a column's own.
  public init(_ side: Side, renamed: [String: String] = [:]) {
    self.side = side
    parser = RecordParser(
      format: side.reading.format, header: side.reading.header, key: side.reading.key, renamed: renamed)
  }

  /// Where a record stands in the dump: its first byte and its first line, both counted from 0.
  public mutating func place(of ordinal: Int) throws(Failure) -> (offset: Int, line: Int) {
    let index = spanIndex(of: ordinal)
    if index < counted.span { counted = (0, 0, 0) }
    for span in side.manifest.spans[counted.span..<index] {
      counted.offset += Int(span.length)
      counted.line += Int(span.lines)
    }
    counted.span = index
    let number = ordinal - side.firstRecord[index]
    var (inner, lines) = (0, 0)
    let format = side.reading.format
    try unsafe side.blocks.withBytes(of: side.manifest.spans[index]) { (bytes) throws(Failure) in
      var splitter = BlockSplitter(format: format)
      for _ in 0..<number {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[inner...])
        let length = unsafe splitter.nextLength(rest)
        lines += unsafe rest[..<length].count { $0 == 10 }
        inner += length
      }
    }
    return (counted.offset + inner, counted.line + lines)
  }

  /// How long a record is that is too long to be taken, in bytes; nil for any other.
  func oversizedLength(of ordinal: Int) -> Int? {
    let spans = side.manifest.spans[spanIndex(of: ordinal)...]
    guard let first = spans.first, first.kind == .oversized else { return nil }
    let others = spans.dropFirst().prefix { $0.kind == .oversized && $0.records == 0 }
    return others.reduce(Int(first.length)) { $0 + Int($1.length) }
  }

  /// Calls `body` with the bytes of a record and a parser that has just parsed it; `oversized` if these are
  /// only the beginning of a record that is too long.
  public mutating func withRecord(
    _ ordinal: Int,
    _ body: (UnsafeRawBufferPointer, inout RecordParser, RecordParser.Outcome) throws(Failure) -> Void
  ) throws(Failure) {
    let isKept = try unsafe side.changed.withRecord(ordinal) { (record) throws(Failure) in
      let outcome = unsafe parser.parse(record)
      try unsafe body(record, &parser, outcome)
    }
    if isKept { return }
    let index = spanIndex(of: ordinal)
    if index != span || ordinal < nextOrdinal || position == 0 {
      (span, nextOrdinal, position) = (index, side.firstRecord[index], 0)
    }
    let kept = side.manifest.spans[index]
    var (at, number) = (position, nextOrdinal)
    try unsafe side.blocks.withBytes(of: kept) { (bytes) throws(Failure) in
      if kept.kind == .oversized {
        return try unsafe body(bytes, &parser, .bad(.tooLong))
      }
      var splitter = BlockSplitter(format: side.reading.format)
      while at < bytes.count {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[at...])
        let record = unsafe UnsafeRawBufferPointer(rebasing: rest[..<splitter.nextLength(rest)])
        at += record.count
        number += 1
        if number > ordinal {
          let outcome = unsafe parser.parse(record)
          return try unsafe body(record, &parser, outcome)
        }
      }
      throw Failure(.badData, "a block has fewer records than its manifest says")
    }
    (position, nextOrdinal) = (at, number)
  }

  private func spanIndex(of ordinal: Int) -> Int {
    if ordinal >= side.firstRecord[span], ordinal < side.firstRecord[span + 1] { return span }
    var (low, high) = (0, side.firstRecord.count)
    while low < high {
      let middle = (low + high) / 2
      if side.firstRecord[middle] <= ordinal { low = middle + 1 } else { high = middle }
    }
    return low - 1
  }
}
