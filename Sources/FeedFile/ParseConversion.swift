import Basics
import Records

/// What is done with the bytes of a source before they are the dump.
func conversion(_ section: Section, _ format: FormatName) throws(Failure) -> Source.Conversion {
  var conversion = Source.Conversion()
  conversion.compression =
    try section.choice("compression", Source.Conversion.Compression.self) ?? .auto
  conversion.encoding = try encoding(section)
  if format != .csv {
    for name in ["skip", "header_starts_with", "footer", "footer_starts_with"] where section.has(name) {
      throw section.failure(name, "is for the format csv, and the format is \(format.rawValue)")
    }
  }
  conversion.skip = try required(section.number("skip"))
  conversion.headerStartsWith = try line(section, "header_starts_with")
  if let start = try line(section, "footer_starts_with") {
    let lines = try section.number("footer") ?? 1
    guard (1...1000).contains(lines) else {
      throw section.failure("footer", "cannot be \(lines): a footer has 1 to 1000 lines")
    }
    conversion.footer = .init(lines: lines, startsWith: start)
  } else if section.has("footer") {
    throw section.failure(
      "footer",
      "needs footer_starts_with: what is left out has to be looked at, so that records of a dump that was cut off are not"
    )
  }
  conversion.record = try record(section, format)
  if section.has("expect") {
    let ratio = try required(section.section("expect").number("max_ratio"))
    guard ratio > 0 else {
      throw section.failure("expect", "has a max_ratio of 0, which nothing can be below")
    }
    conversion.maxRatio = ratio
  }
  return conversion
}

/// Which of the files that a pattern matches are the dump.
func take(_ section: Section, _ location: Source.Location) throws(Failure) -> Source.Take? {
  let take = try section.choice("take", Source.Take.self)
  let place =
    switch location {
    case .path(let path): path
    case .url(let url) where isObject(url): url
    case .url, .urls: ""
    }
  if place.isEmpty, take != nil {
    throw section.failure(
      "take", "is for files and objects of a bucket: a web server has no list of what is there")
  }
  if take != nil, isObject(place),
    place.dropFirst(5).prefix(while: { $0 != "/" }).contains(where: { "*?".contains($0) })
  {
    throw section.failure(
      "url", "has a wildcard in the bucket's name: only the names of objects may have one")
  }
  return take
}

private func encoding(_ section: Section) throws(Failure) -> String? {
  guard let text = try section.text("encoding") else { return nil }
  // iconv takes instructions behind a slash, such as to leave out what it does not know.
  guard text.utf8.count <= 64,
    text.utf8.allSatisfy({ byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
      default: "-_.:+()".utf8.contains(byte)
      }
    })
  else {
    throw section.failure(
      "encoding", "cannot be \(quoted(text)): it is a name such as windows-1252 or utf-16")
  }
  return ["utf-8", "utf8"].contains(text.lowercased()) ? nil : text
}

private func line(_ section: Section, _ name: String) throws(Failure) -> String? {
  guard let text = try section.text(name) else { return nil }
  guard text.utf8.count <= 4096, !text.utf8.contains(10), !text.utf8.contains(13) else {
    throw section.failure(
      name, "is more than the beginning of a line: it has a line end in it, or more than 4096 bytes")
  }
  return text
}

private func record(_ section: Section, _ format: FormatName) throws(Failure) -> [String] {
  guard let text = try section.text("record") else {
    if format == .xml {
      throw Failure(
        .settings,
        "\(section.file):\(section.line): source needs a record for XML: it says where the records are, such as /report/rows/row"
      )
    }
    return []
  }
  guard format == .xml else {
    throw section.failure("record", "is for the format xml, and the format is \(format.rawValue)")
  }
  let names = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
  guard names.count > 1, names[0].isEmpty, !names.dropFirst().contains(""),
    !text.contains(where: { $0.isWhitespace || "*[]@<>&".contains($0) })
  else {
    throw section.failure(
      "record",
      "cannot be \(quoted(text)): it is the names of elements from the root down, such as /report/rows/row")
  }
  return Array(names.dropFirst())
}
