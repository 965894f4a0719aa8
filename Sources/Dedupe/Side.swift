public import Basics
public import Blocks
import Hashing
public import Records

/// How bytes become records.
public struct Reading: Hashable, Sendable {
  /// How they are written.
  public var format: Format
  /// CSV's column names; empty for JSON.
  public var header: [String]
  /// The columns that identify a record; empty: the whole record does.
  public var key: [String]
  /// Which of several records with one key is taken.
  public var duplicates: DuplicateRule

  /// Puts the four together.
  public init(format: Format, header: [String], key: [String], duplicates: DuplicateRule) {
    self.format = format
    self.header = header
    self.key = key
    self.duplicates = duplicates
  }
}

extension Reading {
  /// On what the key that a record's bytes stand for depends: format, key columns, where CSV has them, and whether
  /// empty columns count.
  public func keyReading(_ columns: ColumnRule) -> String {
    let places = key.map { name in header.firstIndex(of: name).map(String.init) ?? "" }
    // A dump without key columns is known by all of them, by name.
    let names = key.isEmpty ? header : key
    return "\(format) \(names) \(places) \(columns == .nonEmpty ? "non-empty" : "all")"
  }
}

/// Which of several records of one dump with the same key is taken; the others go to quarantine.
public enum DuplicateRule: String, Sendable {
  /// The first in dump order.
  case first
  /// The last in dump order.
  case last
}

/// A column that appears or goes: which records count as changed by that alone.
public enum ColumnRule: String, Sendable {
  /// Those in which it is not empty: null, empty and missing are the same.
  case nonEmpty = "non_empty"
  /// All of them: null, empty and missing differ.
  case all
  /// None: only columns that both dumps have are compared.
  case none
}

/// A dump together with how it is read and, if it was decided already, what was left out.
public struct Side {
  /// What its dump consists of.
  public var manifest: Manifest
  /// How it is read.
  public var reading: Reading
  /// What policy decided; nil for a dump that is new.
  public var patch: Patch?
  /// From where its bytes come.
  public var blocks: BlockReader
  /// From where its records' keys come; nil: they are parsed where they are needed.
  public var keys: (any KeySource)?
  let changed = RecordCache()
  /// The number of the first record of each span, and the number of records at the end.
  public let firstRecord: [Int]

  /// Puts them together.
  public init(
    manifest: Manifest, reading: Reading, patch: Patch?, blocks: BlockReader, keys: (any KeySource)? = nil
  ) {
    self.manifest = manifest
    self.reading = reading
    self.patch = patch
    self.blocks = blocks
    self.keys = keys
    var sums = [0]
    sums.reserveCapacity(manifest.spans.count + 1)
    for span in manifest.spans { sums.append((sums.last ?? 0) + Int(span.records)) }
    firstRecord = sums
  }

  var recordCount: Int { firstRecord.last ?? 0 }

  /// Whether its patch, if it has one, is of this dump.
  var fitsPatch: Bool { patch.map { $0.recordCount == recordCount } ?? true }

  func parser(blanks: Blanks, ignored: Set<String>) -> RecordParser {
    RecordParser(
      format: reading.format, header: reading.header, key: reading.key, blanks: blanks, ignored: ignored)
  }

  /// Calls `body` with each record of some spans: its number in the dump, its bytes, and whether it is only
  /// the beginning of a record that is too long.
  public func forEachRecord(
    in spans: Range<Int>,
    _ body: (_ ordinal: Int, _ bytes: UnsafeRawBufferPointer, _ oversized: Bool) throws(Failure) -> Void
  ) throws(Failure) {
    for index in spans {
      let span = manifest.spans[index]
      if span.records == 0 { continue }
      var ordinal = firstRecord[index]
      try unsafe blocks.withBytes(of: span) { (bytes) throws(Failure) in
        if span.kind == .oversized {
          try unsafe body(ordinal, bytes, true)
          return
        }
        var splitter = BlockSplitter(format: reading.format)
        var position = 0
        while position < bytes.count {
          let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[position...])
          let length = unsafe splitter.nextLength(rest)
          try unsafe body(ordinal, UnsafeRawBufferPointer(rebasing: rest[..<length]), false)
          position += length
          ordinal += 1
        }
      }
      guard ordinal == firstRecord[index + 1] || span.kind == .oversized else { throw wrongCount(span) }
    }
  }

  /// Calls `body` with each record of some spans that belongs to the set, parsed: since which entry it stands, and the
  /// parser.
  /// - Throws: ``Failure/Kind/badData`` if a record cannot be read that could be once, or what `body` throws.
  @inline(__always)
  public func forEachTaken(
    in spans: Range<Int>, _ cursor: inout PatchCursor, _ parser: inout RecordParser,
    _ body: (_ entry: Int, _ parser: inout RecordParser) throws(Failure) -> Void
  ) throws(Failure) {
    for index in spans {
      let span = manifest.spans[index]
      if span.records == 0 { continue }
      var ordinal = firstRecord[index]
      try unsafe blocks.withBytes(of: span) { (bytes) throws(Failure) in
        var splitter = BlockSplitter(format: reading.format)
        var position = 0
        while position < bytes.count {
          let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[position...])
          let entry = cursor.tag(at: ordinal).tag.entry
          if let entry, span.kind != .oversized, let length = unsafe parser.parseFirst(of: rest) {
            try body(entry, &parser)
            splitter = BlockSplitter(format: reading.format)
            position += length
          } else {
            let length = unsafe span.kind == .oversized ? rest.count : splitter.nextLength(rest)
            if let entry {
              guard unsafe parser.parse(UnsafeRawBufferPointer(rebasing: rest[..<length])) == .record else {
                throw Failure(
                  .badData, "record \(ordinal + 1) was taken but cannot be read; the store is damaged")
              }
              try body(entry, &parser)
            }
            position += length
          }
          ordinal += 1
        }
      }
      guard ordinal == firstRecord[index + 1] || span.kind == .oversized else { throw wrongCount(span) }
    }
  }

  private func wrongCount(_ span: Span) -> Failure {
    Failure(.badData, "a block of \(manifest.objects[Int(span.object)].key) has another number of records")
  }
}
