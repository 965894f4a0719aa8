import Basics
import FeedSources
import Gzip
import HTTP
import ObjectStore
import ObjectStoreGCS
import ObjectStoreS3
import RecordModels

extension FuzzTarget {
  static let answers = [
    FuzzTarget(name: "headers", longest: 1024, check: headers),
    FuzzTarget(name: "xml", longest: 8192, check: xml),
    FuzzTarget(name: "google", longest: 4096, check: google),
    FuzzTarget(name: "place", longest: 2048, check: place),
    FuzzTarget(name: "gzip", longest: 8192, check: gzip),
  ]

  /// Whatever of an answer's headers is looked into.
  private static func headers(_ input: [UInt8]) throws {
    let text = String(decoding: input, as: UTF8.self)
    let now = Instant(seconds: 1_800_000_000)
    for headers: HTTPHeaders in [
      ["Retry-After": text], ["Retry-After": text, "Date": "Sun, 06 Nov 1994 08:49:37 GMT"],
      ["Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT", "Date": text],
    ] {
      if let seconds = headers.retryAfter(now: now) {
        try require((0...3650 * 86400).contains(seconds), "wait \(seconds) seconds")
      }
    }
    if let date = Instant(httpDate: text) {
      try require(Instant(date.description) == date, "\(date) cannot be read again")
    }
    if let link = nextLink([text]) { try require(text.contains("<\(link)>"), "\(link) is in no brackets") }
    if let range = ContentRange(text) {
      try require(
        range.range.lowerBound >= 0 && !range.range.isEmpty && range.range.upperBound <= range.size,
        "\(range) cannot be")
    }
    for place in [0, 100] { _ = HTTPResponse.isRest(text, from: place) }
    _ = GCSService.total(text, from: 2..<6)
    _ = GCSService.checksum([text, text])
    let secret = "\(text)?token=hunter2"
    if !text.unicodeScalars.contains("?") {
      try require(!masked(url: secret).contains("hunter2"), "\(secret) is shown as \(masked(url: secret))")
    }
    let masked = masked(url: text)
    try require(
      HTTP.masked(url: masked) == masked, "\(masked) is masked again as \(HTTP.masked(url: masked))")
  }

  /// A document of S3 is the same when it is written and read again.
  private static func xml(_ input: [UInt8]) throws {
    let element: XMLElement
    do throws(XMLError) { element = try XMLElement(input) } catch {
      return try require(!error.description.isEmpty, "no reason")
    }
    let text = written(element)
    let again = try XMLElement(Array(text.utf8))
    try require(again == element, "\(text) is \(again), not \(element)")
  }

  /// What Google Cloud Storage tells of an object, and of many.
  private static func google(_ input: [UInt8]) throws {
    if let object = try refusing({ () throws(Failure) in try GCSObject(decoding: input) }) {
      let now = Instant(seconds: 1_800_000_000)
      let info = object.info(at: now)
      try require(Instant(info.lastModified.description) == info.lastModified, "\(info) cannot be read again")
    }
    if let page = try refusing({ () throws(Failure) in try GCSPage(decoding: input) }) {
      for item in page.items ?? [] { _ = try? ObjectKey(item.name) }
    }
  }

  private static func written(_ element: XMLElement) -> String {
    let inside =
      element.children.isEmpty ? XMLElement.escaped(element.text) : element.children.map(written).joined()
    // Names are told without their prefix; with an empty one any may stand there.
    return "<:\(element.name)>\(inside)</:\(element.name)>"
  }

  /// Values in a JSON page by their paths: what is sound is found as a whole.
  private static func place(_ input: [UInt8]) throws {
    let place = JSONPlace(input)
    for path in [[], ["a"], ["next", "a"]] {
      guard let range = place.value(at: path) else { continue }
      try require(
        range.lowerBound >= 0 && range.upperBound <= input.count && !range.isEmpty, "\(range) cannot be")
      let isSound = JSONModel.kind(of: input) == .object || JSONModel.kind(of: input) == .other
      if isSound, path.isEmpty || input.first == UInt8(ascii: "{") {
        let kind = JSONModel.kind(of: Array(input[range]))
        try require(kind == .object || kind == .other, "\(shown(input[range])) is no value")
      }
    }
  }

  /// A stream of gzip is the same in any pieces.
  private static func gzip(_ input: [UInt8]) throws {
    let whole = try inflated(input, by: input.count, room: 1 << 16)
    for (size, room) in [(1, 1 << 12), (7, 3), (100, 100)] where input.count <= 512 || size > 1 {
      let pieces = try inflated(input, by: size, room: room)
      try require(pieces.isWhole == whole.isWhole, "whole or not depends on the pieces")
      try require(pieces.isBroken == whole.isBroken, "broken or not depends on the pieces")
      let length = min(pieces.bytes.count, whole.bytes.count)
      // How much of a broken stream is given before the fault is seen may differ.
      try require(
        pieces.bytes.prefix(length) == whole.bytes.prefix(length)
          && (whole.isBroken || pieces.bytes == whole.bytes),
        "it is something else in pieces of \(size)")
    }
  }

  private static func inflated(_ input: [UInt8], by size: Int, room: Int) throws -> (
    bytes: [UInt8], isWhole: Bool, isBroken: Bool
  ) {
    let inflater = Inflater()
    var (bytes, output, start): ([UInt8], [UInt8], Int) = ([], Array(repeating: 0, count: room), 0)
    while true {
      let end = min(input.count, start + size)
      let (taken, made): (Int, Int)
      do throws(GzipError) {
        (taken, made) = try unsafe input.withUnsafeBytesOf(start..<end) { (bytes) throws(GzipError) in
          try unsafe output.withUnsafeMutableBytesOf { (room) throws(GzipError) in
            try unsafe inflater.inflate(bytes, into: room)
          }
        }
      } catch {
        return (bytes, false, true)
      }
      try require(taken <= end - start && made <= room, "more than there was")
      start += taken
      bytes += output[..<made]
      // How much a bomb may make is the reader's business.
      if start == input.count && made == 0 || bytes.count > 1 << 18 {
        return (bytes, inflater.isWhole, false)
      }
    }
  }
}

extension [UInt8] {
  fileprivate mutating func withUnsafeMutableBytesOf<R, E: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try unsafe withUnsafeMutableBufferPointer { (buffer) throws(E) -> R in
      unsafe try body(UnsafeMutableRawBufferPointer(buffer))
    }
  }
}
