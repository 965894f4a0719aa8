public import Basics
public import FeedFile
import FeedSources
public import Records

/// How a source is laid out, as far as its bytes tell, with reasons for a person.
public struct Layout: Sendable {
  /// How its bytes become records.
  public var format = Format.csv(delimiter: UInt8(ascii: ","))
  /// What is done with them first.
  public var conversion = Source.Conversion()
  /// Why fields are as they are, by their names in a feed file: `delimiter`.
  public var reasons: [String: String] = [:]
  /// What else a person should know, one line each.
  public var warnings: [String] = []
  /// What was found, in a few words.
  public var summary = ""

  /// Proposes a layout.
  ///
  /// Nothing is read, and the same sample gives the same proposal.
  /// - Parameters:
  ///   - raw: the first bytes as they came, compression included.
  ///   - sample: what is seen once compression is undone.
  ///   - name: the source's file name or URL.
  /// - Throws: ``Failure/Kind/badData`` if it is no dump, and says what it is; ``Failure/Kind/settings`` for XML if
  ///   Expat is not installed.
  public static func propose(raw: [UInt8], sample: Sample, name: String) throws(Failure) -> Layout {
    var layout = Layout()
    layout.notePacking(raw, name)
    if sample.length == 0 {
      throw Failure(
        .badData, "it is empty, so there is nothing to tell its layout by: look at what the source sends")
    }
    let encoding = TextEncoding.found(in: sample)
    let isWide = encoding.name.map { $0.hasPrefix("utf-16") || $0.hasPrefix("utf-32") } ?? false
    if let what = NoDump.binary(sample, isWide: isWide) { throw Failure(.badData, what) }
    let text = encoding.decoded(sample.head)
    if let what = NoDump.webPage(text) { throw Failure(.badData, what) }
    let known = encoding.name == nil ? Source.Conversion().encoding : encoding.name
    layout.conversion.encoding = known
    layout.reasons["encoding"] = encoding.reason
    if known == nil, let reason = encoding.reason { layout.warnings.append(reason) }
    switch text.first(where: { $0 > 0x20 }) {
    case UInt8(ascii: "<")?: try layout.noteXML(sample, encoding)
    case UInt8(ascii: "{")? where JSONOutline.mayBe(text), UInt8(ascii: "[")? where JSONOutline.mayBe(text):
      try layout.noteJSON(text, isWhole: sample.isWhole, name)
    default: try layout.noteTable(text, sample, encoding)
    }
    return layout
  }

  /// What a source is that need not be unpacked to know that it is no dump; nil: it may be one.
  /// - Parameter raw: the first bytes as they came.
  public static func refusal(raw: [UInt8]) -> String? { NoDump.spreadsheet(raw) }

  /// What a source is packed as by its first bytes.
  public static func compression(raw: [UInt8]) -> Source.Conversion.Compression {
    Source.Conversion.Compression(rawValue: Packing(beginning: raw).rawValue) ?? .none
  }

  /// A file's name, or a URL without its query.
  private static func file(_ name: String) -> Substring {
    name.contains("://") ? name.prefix { $0 != "?" && $0 != "#" } : name[...]
  }

  private mutating func notePacking(_ raw: [UInt8], _ name: String) {
    let file = Self.file(name)
    let found = Packing(beginning: raw)
    guard let told = Packing(name: file), told != found else {
      if found != .none { summary = "\(found.rawValue), " }
      return
    }
    conversion.compression = Self.compression(raw: raw)
    reasons["compression"] =
      found == .none
      ? "Its name says \(told.rawValue), but it is not packed."
      : "Its name says \(told.rawValue), its first bytes say \(found.rawValue)."
    summary = found == .none ? "" : "\(found.rawValue), "
  }

  private mutating func noteXML(_ sample: Sample, _ encoding: TextEncoding) throws(Failure) {
    let found = try XMLLayout.found(in: sample, encoding)
    format = .jsonLines
    conversion.record = found.record
    conversion.encoding = found.encoding
    if found.encoding != nil, reasons["encoding"] == nil {
      reasons["encoding"] = "The document says so, and Expat does not know it."
    }
    if found.encoding == nil { reasons["encoding"] = nil }
    reasons["record"] = "\(grouped(found.count)) of them \(found.count == 1 ? "is" : "are") in sight."
    if let other = found.other {
      reasons["record"]! += " There are others at /\(plain(other.joined(separator: "/"), atMost: 200))."
    }
    summary += "XML"
  }

  private mutating func noteJSON(_ text: [UInt8], isWhole: Bool, _ name: String) throws(Failure) {
    let file = Self.file(name).lowercased()
    let isNamedLines = [".jsonl", ".ndjson"].contains { file.hasSuffix($0) || file.contains("\($0).") }
    switch try JSONLayout.found(in: text, isWhole: isWhole, isNamedLines: isNamedLines) {
    case .lines:
      format = .jsonLines
      reasons["format"] = "Each line is a JSON object."
      summary += "JSON Lines"
    case .document(let unwrap, let others):
      format = .json(unwrap: unwrap)
      reasons["format"] = "It is one JSON document."
      if !others.isEmpty {
        let names = others.prefix(5).map { shown($0.joined(separator: ".")) }
        reasons["unwrap"] =
          "The longest array of objects. There are others: \(names.joined(separator: ", "))."
      }
      summary += "a JSON document"
    }
  }

  private mutating func noteTable(
    _ text: [UInt8], _ sample: Sample, _ encoding: TextEncoding
  ) throws(Failure) {
    let table = try TableLayout.found(in: text, isWhole: sample.isWhole)
    let width = table.columns.count
    format = .csv(delimiter: table.delimiter)
    summary += width == 1 ? "CSV of one column" : "CSV with \(grouped(width)) columns"
    reasons["delimiter"] =
      "\(Self.title(table.delimiter)) give\(table.delimiter == 0x09 ? "s" : "") \(grouped(width)) columns in "
      + "\(grouped(table.regular)) of the first \(grouped(table.records)) lines."
    if table.looksHeaderless {
      warnings.append(
        "The first line looks like a record, not like names of columns: a feed needs a header. Its first field is "
          + shown(table.columns[0]) + ".")
    }
    if width == 1 {
      warnings.append("Only one column is in sight: no delimiter of , ; tab | divides the lines.")
    }
    notePreamble(table)
    noteFooter(table, sample, encoding, text)
  }

  private mutating func notePreamble(_ table: TableLayout) {
    guard !table.preamble.isEmpty else { return }
    let first =
      table.preamble.split { $0 == 0x0A || $0 == 0x0D }.first { $0.contains { $0 > 0x20 } } ?? []
    let reason =
      "\(table.skip == 1 ? "One line" : "\(table.skip) lines") before the header, "
      + "the first is \(shown(String(decoding: first, as: UTF8.self)))."
    if let start = table.headerStartsWith {
      conversion.headerStartsWith = start
      reasons["header_starts_with"] = reason
    } else {
      conversion.skip = table.skip
      reasons["skip"] = reason
    }
  }

  private mutating func noteFooter(
    _ table: TableLayout, _ sample: Sample, _ encoding: TextEncoding, _ text: [UInt8]
  ) {
    let start = sample.length - sample.tail.count
    let isWhole = sample.isWhole
    let tail =
      isWhole
      ? Array(text.dropFirst(table.preamble.count))
      : encoding.ordered(by: sample.head).decoded(sample.tail, from: start)
    let isRagged = table.regular * 100 < table.records * 95
    switch TableFooter.found(
      in: tail, isWhole: isWhole, delimiter: table.delimiter, width: table.columns.count, isRagged: isRagged)
    {
    case .none: break
    case .footer(let footer):
      conversion.footer = .init(lines: footer.lines, startsWith: footer.startsWith)
      reasons["footer_starts_with"] =
        "The last \(footer.lines == 1 ? "line is no record" : "\(footer.lines) lines are no records"). A dump without is "
        + "refused, because it may have been cut off."
    case .unsure(let line):
      warnings.append(
        "A line at the end, \(shown(line)), looks like no record: a footer (footer_starts_with), or a dump that was cut off."
      )
    }
  }

  /// What a delimiter is called at the beginning of a sentence.
  private static func title(_ delimiter: UInt8) -> String {
    switch delimiter {
    case UInt8(ascii: ","): "Commas"
    case UInt8(ascii: ";"): "Semicolons"
    case 0x09: "A tab"
    case UInt8(ascii: "|"): "Bars (|)"
    default: "\(shown(String(Unicode.Scalar(delimiter)))) between fields"
    }
  }
}
