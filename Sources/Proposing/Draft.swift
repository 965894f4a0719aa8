public import Basics
public import FeedFile
import Records

/// A feed file as it is proposed: what was said, what was found, and why.
public struct Draft: Sendable {
  /// The feed's name.
  public var name: String
  /// Where its dump is.
  public var location: Source.Location
  /// Which of the files that a pattern matches.
  public var take: Source.Take?
  /// Who asks: the fields of `source.auth`, by name.
  public var auth: [(name: String, value: String)] = []
  /// Where history is kept, relative to the feed file's folder; nil: it is not written.
  public var store: String?
  /// How the source is laid out, once that is known.
  public var layout: Layout?
  /// By what records are known, once that is known.
  public var key: KeyFinding?
  /// What stands above all, one line each.
  public var title: [String] = []

  /// A feed of which nothing is known but its name and where it is.
  public init(name: String, location: Source.Location) {
    self.name = name
    self.location = location
  }

  /// The feed that the draft describes.
  /// - Throws: as ``parse(feedFile:name:)``: what was said cannot be.
  public func feed() throws(Failure) -> Feed { try Self.parsed(text()) }

  /// The feed file; it says nothing that is true without it.
  /// - Throws: ``Failure/Kind/settings`` if what was said cannot be, as the parser of feed files has it.
  public func text() throws(Failure) -> String {
    guard let layout else { return write([]) }
    let optional = ["format", "delimiter"]
    for said in [[], [optional[1]], [optional[0]], optional] {
      let text = write(said)
      guard let source = try? Self.parsed(text).source else { continue }
      if source.format == layout.format, source.conversion == layout.conversion { return text }
    }
    let text = write(optional)
    _ = try Self.parsed(text)
    throw Failure(.software, "the proposal would be read otherwise than it is meant:\n\(text)")
  }

  private static func parsed(_ text: String) throws(Failure) -> Feed {
    try parse(feedFile: Array(text.utf8), name: "the proposed feed file")
  }

  /// - Parameter said: which of `format` and `delimiter` is written.
  private func write(_ said: [String]) -> String {
    var out = FeedText()
    for line in title { out.comment(line) }
    out.field("feed", FeedText.scalar(name))
    if let store {
      out.comment("Where history is kept: a folder, or s3://bucket/prefix, gs://bucket/prefix.")
      out.field("store", FeedText.scalar(store))
    }
    out.field("source")
    switch location {
    case .url(let url): out.field("url", FeedText.scalar(url), depth: 1)
    case .urls(let urls): out.field("urls", FeedText.list(urls), depth: 1)
    case .path(let path): out.field("path", FeedText.scalar(path), depth: 1)
    }
    if let take { out.field("take", take.rawValue, depth: 1) }
    if !auth.isEmpty {
      out.field("auth", depth: 1)
      for field in auth { out.field(field.name, FeedText.scalar(field.value), depth: 2) }
    }
    // Whatever its name ends in: nothing is read by it yet.
    if layout == nil { out.field("format", "csv", depth: 1) }
    if let layout { write(layout, said, to: &out) }
    if let key { key.write(to: &out) }
    return out.text
  }

  private func write(_ layout: Layout, _ said: [String], to out: inout FeedText) {
    func field(_ name: String, _ value: String?) {
      guard let value else { return }
      out.comment(layout.reasons[name], depth: 1)
      out.field(name, value, depth: 1)
    }
    let conversion = layout.conversion
    field("compression", conversion.compression == .auto ? nil : conversion.compression.rawValue)
    field("encoding", conversion.encoding.map(FeedText.scalar))
    var format = conversion.record.isEmpty ? "jsonl" : "xml"
    switch layout.format {
    case .csv: format = "csv"
    case .json: format = "json"
    case .jsonLines: break
    }
    if said.contains("format") { field("format", format) }
    if case .csv(let delimiter) = layout.format, said.contains("delimiter") {
      field("delimiter", delimiter == 0x09 ? "tab" : FeedText.scalar(String(Unicode.Scalar(delimiter))))
    }
    if case .json(let unwrap) = layout.format, !unwrap.isEmpty {
      let isDotted = unwrap.allSatisfy { !$0.contains(".") }
      let path = isDotted ? FeedText.scalar(unwrap.joined(separator: ".")) : Self.flowList(unwrap)
      field("unwrap", path)
    }
    if !conversion.record.isEmpty {
      field("record", FeedText.scalar(conversion.record.map { "/" + $0 }.joined()))
    }
    field("skip", conversion.skip > 0 ? "\(conversion.skip)" : nil)
    field("header_starts_with", conversion.headerStartsWith.map(FeedText.scalar))
    field("footer_starts_with", conversion.footer.map { FeedText.scalar($0.startsWith) })
    field("footer", conversion.footer.flatMap { $0.lines == 1 ? nil : "\($0.lines)" })
    for warning in layout.warnings { out.comment("Look: " + warning, depth: 1) }
  }

  private static func flowList(_ names: [String]) -> String {
    "[" + names.map(FeedText.scalar).joined(separator: ", ") + "]"
  }
}
