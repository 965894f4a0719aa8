import Basics
import Converting

/// Where the records of an XML document are.
struct XMLLayout: Equatable {
  /// Names of elements from the root down.
  var record: [String]
  /// How many are in sight.
  var count: Int
  /// Another group of elements that may be meant.
  var other: [String]?
  /// The encoding that Expat has to be told.
  var encoding: String?

  /// - Throws: ``Failure/Kind/badData`` if there are none, ``Failure/Kind/settings`` without Expat.
  static func found(in sample: Sample, _ encoding: TextEncoding) throws(Failure) -> XMLLayout {
    var named: String?
    var outline = try XMLOutline(sample.head, isUTF8: false)
    // Bytes in an encoding that the document does not say, or one that Expat does not know.
    if outline.problem != nil, let name = declared(sample.head) ?? encoding.name {
      let text = TextEncoding(name: name).decoded(sample.head)
      let again = try XMLOutline(text, isUTF8: true)
      if !text.isEmpty, again.problem == nil || again.places.count > outline.places.count {
        (outline, named) = (again, name)
      }
    }
    if let doctype = outline.doctype {
      throw Failure(
        .badData,
        "it is XML with a document type declaration (<!DOCTYPE \(plain(doctype))>), which is not read: have the source "
          + "leave it out")
    }
    if let problem = outline.problem { throw Failure(.badData, "it is no well-formed XML: \(problem)") }
    var layout = try choose(outline.places)
    layout.encoding = named
    return layout
  }

  private static func choose(_ places: [XMLOutline.Place]) throws(Failure) -> XMLLayout {
    let single = Set(places.filter { $0.count == 1 }.map(\.path))
    // What repeats within elements that do not: rows, whatever repeats in a row.
    let repeated = places.filter { place in
      place.path.count > 1 && place.count > 1 && single.contains(Array(place.path.dropLast()))
    }.sorted { $0.weight > $1.weight }
    if let best = repeated.first {
      let second = repeated.dropFirst().first.flatMap { $0.weight * 5 > best.weight ? $0.path : nil }
      return XMLLayout(record: best.path, count: best.count, other: second)
    }
    guard let only = places.last(where: { $0.path.count > 1 && $0.members > 0 }) else {
      throw Failure(
        .badData,
        "it is XML without an element that comes several times, and so without records"
          + (places.first.map { " (its root is <\(plain($0.path[0]))>)" } ?? "")
          + ": look at what the source sends")
    }
    return XMLLayout(record: only.path, count: 1)
  }

  /// The encoding that a document says it is in, unless Expat knows it (UTF-8, UTF-16, ISO-8859-1, US-ASCII).
  private static func declared(_ head: [UInt8]) -> String? {
    let text = String(decoding: head.prefix(200), as: UTF8.self)
    guard text.hasPrefix("<?xml"), let end = text.firstRange(of: "?>"),
      let start = text[..<end.lowerBound].firstRange(of: "encoding")
    else { return nil }
    let rest = text[start.upperBound..<end.lowerBound].drop { $0 == " " || $0 == "=" }
    guard let quote = rest.first, quote == "\"" || quote == "'" else { return nil }
    let name = rest.dropFirst().prefix { $0 != quote }.lowercased()
    let isKnown = ["utf-8", "utf-16", "iso-8859-1", "us-ascii"].contains(name)
    // What stands behind a slash would be an instruction to iconv.
    let isName = name.unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_.:".unicodeScalars.contains($0))
    }
    return isKnown || !isName || TextDecoder(name) == nil ? nil : name
  }
}
