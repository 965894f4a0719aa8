import Basics

/// Tells what is no dump at all: a web page, a picture, an archive within an archive.
enum NoDump {
  private static let magics: [(bytes: [UInt8], what: String)] = [
    (Array("%PDF".utf8), "a PDF document: ask for the same as CSV"),
    (Array("PAR1".utf8), "a Parquet file, which query engines read as it is; as CSV: duckdb -c \"COPY …\""),
    (Array("SQLite format 3\0".utf8), "an SQLite database: export the table as CSV"),
    ([0xD0, 0xCF, 0x11, 0xE0], "an old Office file (XLS, DOC): save the sheet as CSV"),
    (Array("PK\u{3}\u{4}".utf8), "a zip archive: have what is in it come alone"),
    ([0x1F, 0x8B], "packed with gzip once more: have it come packed once"),
    ([0x28, 0xB5, 0x2F, 0xFD], "packed with zstd once more: have it come packed once"),
    (Array("BZh".utf8), "packed with bzip2: bzip2 -dc … | fetch --input -"),
    ([0xFD] + Array("7zXZ".utf8), "packed with xz: xz -dc … | fetch --input -"),
    (Array("7z".utf8) + [0xBC, 0xAF], "a 7z archive: unpack it, or have it come as zip of one file"),
    (Array("Rar!".utf8), "a RAR archive: unpack it, or have it come as zip of one file"),
    ([0x89] + Array("PNG".utf8), "a picture (PNG)"), ([0xFF, 0xD8, 0xFF], "a picture (JPEG)"),
    (Array("GIF8".utf8), "a picture (GIF)"),
    (Array("Obj\u{1}".utf8), "an Avro file: export it as JSON Lines"),
    (Array("ORC".utf8), "an ORC file: export it as CSV"),
  ]

  /// What a file that is packed as zip is said to be if it is a spreadsheet.
  static func spreadsheet(_ beginning: [UInt8]) -> String? {
    guard beginning.starts(with: Array("PK".utf8)) else { return nil }
    let text = String(decoding: beginning.prefix(4096), as: UTF8.self)
    if text.contains("mimetypeapplication/vnd.oasis.opendocument") {
      return "it is a spreadsheet (ODS), not text: save the sheet as CSV"
    }
    guard text.contains("[Content_Types].xml") || text.contains("xl/") else { return nil }
    return "it is a spreadsheet (XLSX), not text: save the sheet as CSV, or convert it on its way "
      + "(xlsx2csv report.xlsx | fetch --input -)"
  }

  /// What bytes are that are no text; nil: they are text, as far as one can tell.
  static func binary(_ sample: Sample, isWide: Bool) -> String? {
    if let known = magics.first(where: { sample.head.starts(with: $0.bytes) }) {
      return "it is \(known.what)"
    }
    // Some write a tab as something else, or end a file with Control-Z.
    if !isWide, sample.census.controls > 2 + sample.length / 200 {
      return "it is no text: \(grouped(sample.census.controls)) of its \(grouped(sample.length)) bytes are "
        + "control characters; look at what the source sends"
    }
    return nil
  }

  /// What a text is if it is a web page; nil: it is none.
  static func webPage(_ text: [UInt8]) -> String? {
    var start = text.prefix(64 << 10).drop { $0 <= 0x20 }
    // What may stand before the root, declarations and comments.
    while start.starts(with: Array("<?xml".utf8)) || start.starts(with: Array("<!--".utf8)) {
      let end = Array((start.starts(with: Array("<!--".utf8)) ? "-->" : "?>").utf8)
      guard let found = firstIndex(of: end, in: start) else { return nil }
      start = start[(found + end.count)...].drop { $0 <= 0x20 }
    }
    let beginning = String(decoding: start.prefix(64), as: UTF8.self).lowercased()
    let isPage = ["<!doctype html", "<html", "<head", "<body", "<script", "<meta "].contains {
      beginning.hasPrefix($0)
    }
    guard isPage else { return nil }
    let title = title(Array(start)).map { ", titled \(shown($0))," } ?? ""
    return
      "it is a web page (HTML)\(title) not a dump: open the address in a browser. Often it is a login, an error, or "
      + "a page with a link to the dump: take the address of that"
  }

  private static func title(_ text: [UInt8]) -> String? {
    let lower = text.map { (0x41...0x5A).contains($0) ? $0 + 32 : $0 }
    guard let open = firstIndex(of: Array("<title".utf8), in: lower[...]),
      let begin = lower[open...].firstIndex(of: UInt8(ascii: ">")),
      let end = firstIndex(of: Array("</title".utf8), in: lower[begin...])
    else { return nil }
    let words = String(decoding: text[(begin + 1)..<end], as: UTF8.self).split { $0.isWhitespace }
    return words.isEmpty ? nil : words.joined(separator: " ")
  }

  static func firstIndex(of run: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
    guard bytes.count >= run.count else { return nil }
    return (bytes.startIndex...bytes.endIndex - run.count).first { bytes[$0...].starts(with: run) }
  }
}

/// Whether a text can be written into a feed file, and be looked at there.
func isSayable(_ text: String) -> Bool {
  plain(text.filter { $0 != "\t" }, atMost: .max) == text.filter { $0 != "\t" }
}

/// A text of the source in quotes, for messages and comments: one line, no control characters, not too long.
func shown(_ text: some StringProtocol, atMost limit: Int = 60) -> String {
  "\"\(plain(text, atMost: limit))\""
}

/// The same without quotes.
func plain(_ text: some StringProtocol, atMost limit: Int = 60) -> String {
  var out = ""
  var count = 0
  for scalar in text.unicodeScalars {
    if count == limit { return out + "…" }
    count += 1
    switch scalar.properties.generalCategory {
    // YAML takes some of these for line ends, and refuses others.
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
      out += "\u{FFFD}"
    default: out.unicodeScalars.append(scalar)
    }
  }
  return out
}
