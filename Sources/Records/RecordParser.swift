public import Basics

/// Parses one record at a time, reusing its memory.
///
/// After ``parse(_:)`` said ``Outcome/record``, and until it is called again, the bytes of the record have to stay
/// where they are, and the other methods write what was parsed.
public struct RecordParser: ~Copyable {
  /// What a record turned out to be.
  public enum Outcome: Equatable, Sendable {
    /// A record; its contents can be asked for.
    case record
    /// A blank line, which is no record.
    case blank
    /// Not a record, and why.
    case bad(BadRecord)
  }

  /// How deep a source's JSON records may nest.
  public static let deepestNesting = 512

  /// The key columns that a CSV header does not have. Such a dump should be refused; here they count as empty.
  public let missingKeyColumns: [String]

  let format: Format
  let header: [String]
  let key: [String]
  let renamed: [String: String]
  let blanks: Blanks
  let isCSV: Bool
  var csv: CSVFields
  let plan: CSVPlan
  let jsonPlan: JSONPlan
  var tree: JSONTree
  var sink = ByteSink()
  var scratch = ByteSink()
  /// Whether no line ended with CRLF yet.
  var hasPlainLineEnds = true

  /// A parser for the records of a dump.
  ///
  /// - Parameters:
  ///   - header: CSV: the column names, unique (``Header``). JSON: empty.
  ///   - key: the key's columns; JSON: a member's name, or else a path with dots. Empty: the whole record is its
  ///     key.
  ///   - ignored: columns (JSON: members of the record itself) that are left out of the canonical form.
  ///   - deepestNesting: JSON: how many arrays and objects may be open at once, the record itself included.
  ///   - renamed: names to write in place of a column's own in ``appendMembers(to:)`` and ``fields()``.
  public init(
    format: Format, header: [String], key: [String], blanks: Blanks = .dropped, ignored: Set<String> = [],
    renamed: [String: String] = [:], deepestNesting: Int = RecordParser.deepestNesting
  ) {
    self.format = format
    tree = JSONTree(deepest: deepestNesting)
    self.header = header
    self.key = key
    self.renamed = renamed
    jsonPlan = JSONPlan(key: key, ignored: ignored, renamed: renamed)
    self.blanks = blanks
    plan = CSVPlan(
      header: header, key: key, ignored: Set(ignored.map { Array($0.utf8) }),
      renamed: Dictionary(
        renamed.map { (Array($0.key.utf8), $0.value) }, uniquingKeysWith: { first, _ in first }))
    if case .csv(let delimiter) = format {
      isCSV = true
      csv = CSVFields(delimiter: delimiter)
      let names = Set(header.map { Array($0.utf8) })
      missingKeyColumns = key.filter { !names.contains(Array($0.utf8)) }
    } else {
      isCSV = false
      csv = CSVFields(delimiter: Byte.comma)
      missingKeyColumns = []
    }
  }

  /// Parses one record, with or without its terminator. Views of `record` are used until the next call.
  public mutating func parse(_ record: UnsafeRawBufferPointer) -> Outcome {
    let view = unsafe View(record)
    // Offsets are kept in 32 bits, and a line may double when it is mended.
    if view.count > Int32.max - 8 { return .bad(BadRecord(.oversized, "\(view.count) bytes are too long")) }
    return isCSV ? parseCSV(view) : parseJSON(view)
  }

  /// Cuts and parses the record at the front of `rest`, which is what stands in a dump from there on, in one pass; as
  /// after ``parse(_:)``, `rest` has to stay where it is until the next call.
  ///
  /// - Returns: its length; nil if that is no good record, or not that simply to be seen: then it is to be cut by
  ///   ``DumpScanner`` or ``BlockSplitter``, and parsed.
  public mutating func parseFirst(of rest: UnsafeRawBufferPointer) -> Int? {
    isCSV && hasPlainLineEnds ? unsafe parseFirstCSV(of: View(rest)) : nil
  }

  /// Appends the canonical JSON object of the record: two records are equal if and only if these bytes are.
  ///
  /// Members are sorted by their names' UTF-8, nested ones too. Strings have no more escapes than JSON demands
  /// (the short ones and `\u00xx` in lowercase), and a lone surrogate stays an escape, `\udxxx`. Numbers are as
  /// written. There are no spaces. CSV values are strings. Blank columns are left out unless they are kept.
  public mutating func appendCanonical(to buffer: inout ByteBuffer) {
    if isCSV { return appendCSVCanonical(to: &buffer) }
    sink.removeAll()
    sink.append(Byte.openBrace)
    putJSONCanonical()
    sink.append(Byte.closeBrace)
    buffer.append(sink.view)
  }

  /// Appends the key's bytes as ``encodeKey(parts:)`` has them; without key columns the canonical form. False if
  /// all parts are blank.
  ///
  /// A part is the text of a string; empty for null and for what is missing; canonical JSON for any other value.
  public mutating func appendKey(to buffer: inout ByteBuffer) -> Bool {
    if key.isEmpty {
      appendCanonical(to: &buffer)
      return true
    }
    sink.removeAll()
    for place in 0..<plan.key.count {
      scratch.removeAll()
      if isCSV {
        let column = plan.key[place]
        if column >= 0 { csv.append(column, to: &scratch) }
      } else {
        putPart(jsonPlan.find(jsonPlan.keys[place], in: tree))
      }
      sink.appendKeyPart(scratch.view)
    }
    buffer.append(sink.view)
    return !isKeyBlank()
  }

  /// Whether the record has something where a part of the key is to be, if only null.
  public func hasKeyPart(_ place: Int) -> Bool {
    isCSV ? plan.key[place] >= 0 : jsonPlan.find(jsonPlan.keys[place], in: tree) != nil
  }

  /// Appends the key as a JSON array of strings; without key columns the canonical object.
  public mutating func appendKeyJSON(to buffer: inout ByteBuffer) {
    if key.isEmpty { return appendCanonical(to: &buffer) }
    sink.removeAll()
    sink.append(Byte.openBracket)
    for place in 0..<plan.key.count {
      if place > 0 { sink.append(Byte.comma) }
      scratch.removeAll()
      sink.append(Byte.quote)
      if isCSV {
        let column = plan.key[place]
        if column >= 0 { csv.append(column, to: &scratch) }
      } else {
        putPart(jsonPlan.find(jsonPlan.keys[place], in: tree))
      }
      // UTF-8 has no surrogates, so CSV is written as it is.
      sink.appendEscaped(scratch.view, 0, scratch.count, surrogates: true)
      sink.append(Byte.quote)
    }
    sink.append(Byte.closeBracket)
    buffer.append(sink.view)
  }

  /// Appends the record's own columns as JSON members without braces, in source order and renamed where asked:
  /// `"a":"x","b":null`. CSV values are strings; JSON values are as written, on one line.
  public mutating func appendMembers(to buffer: inout ByteBuffer) {
    if isCSV { return appendCSVMembers(to: &buffer) }
    sink.removeAll()
    putJSONMembers()
    buffer.append(sink.view)
  }

  /// The record's columns in source order, renamed where asked: for tables and CSV output, not for hot loops.
  ///
  /// The text of a JSON string is decoded, with a lone surrogate as its escape; other values (`isString` is false)
  /// are as written, null as `null`.
  public mutating func fields() -> [(name: String, text: String, isString: Bool)] {
    isCSV ? csvFields() : jsonFields()
  }

  private mutating func isKeyBlank() -> Bool { isCSV ? isCSVKeyBlank() : isJSONKeyBlank() }
}
