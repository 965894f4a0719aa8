import Basics
import FeedFile
import HTTP

/// A URL whose dates are those of the request's time.
func dated(_ url: String, _ request: SourceRequest, _ now: Instant) throws(Failure) -> String {
  try text(url, request, now, escape: { percentEncoded($0) })
}

/// A text whose dates are those of the request's time.
func text(
  _ text: String, _ request: SourceRequest, _ now: Instant, escape: (String) -> String = { $0 }
) throws(Failure) -> String {
  do {
    return try DatedText(text).text(at: request.time ?? now, in: request.zone, escape: escape)
  } catch {
    throw Failure(.settings, "\(masked(url: text)) cannot be dated: \(error.message)")
  }
}

/// Parameters as a form or a query has them, in the order of their names.
func encoded(_ parameters: [String: [String]], _ request: SourceRequest, _ now: Instant) throws(Failure)
  -> String
{
  var parts: [String] = []
  for (name, values) in parameters.sorted(by: { $0.key < $1.key }) {
    for value in values {
      parts.append("\(percentEncoded(name))=\(percentEncoded(try text(value, request, now)))")
    }
  }
  return parts.joined(separator: "&")
}

/// A form of single values.
func encoded(_ fields: [(String, String)]) -> String {
  fields.map { "\(percentEncoded($0.0))=\(percentEncoded($0.1))" }.joined(separator: "&")
}

/// What a name or value is in a query (RFC 3986); a colon stays in a query, as report servers have it in their names.
func percentEncoded(_ text: String, keeping kept: String = ":") -> String {
  var bytes: [UInt8] = []
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      bytes.append(byte)
    case _ where "-._~".utf8.contains(byte) || kept.utf8.contains(byte): bytes.append(byte)
    default:
      bytes.append(UInt8(ascii: "%"))
      bytes += Array(hex([byte]).uppercased().utf8)
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// A URL with more in its query.
func adding(_ query: String, to url: String) -> String {
  if query.isEmpty { return url }
  let parts = url.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
  let mark = !parts[0].contains("?") ? "?" : parts[0].hasSuffix("?") || parts[0].hasSuffix("&") ? "" : "&"
  return parts[0] + mark + query
}

/// A URL in whose query a parameter has one value, whatever it had.
func setting(_ name: String, _ value: String, in url: String) -> String {
  let encoded = percentEncoded(name)
  let whole = url.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)[0]
  let parts = whole.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
  let kept =
    parts.count < 2
    ? []
    : parts[1].split(separator: "&").filter { part in
      let given = part.prefix { $0 != "=" }
      return given != name && given != encoded
    }
  return parts[0] + "?"
    + (kept.map(String.init) + ["\(encoded)=\(percentEncoded(value))"]).joined(separator: "&")
}

extension SourceRequest {
  /// Whether what is asked for depends on when it is.
  func hasDates() -> Bool {
    var texts = web?.query.values.flatMap { $0 } ?? []
    if case .http(let url) = location { texts.append(url) }
    switch web?.content {
    case .form(let form): texts += form.values.flatMap { $0 }
    case .text(let text): texts.append(text)
    case nil: break
    }
    return texts.contains { (try? DatedText($0).hasDates) ?? false }
  }
}
