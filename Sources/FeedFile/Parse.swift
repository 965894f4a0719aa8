public import Basics
import Records

/// Reads a feed file: YAML (1.1, without anchors, aliases, tags and further documents) or JSON.
///
/// Neither the environment nor the file system is looked at: paths and names of variables are kept as written.
/// - Parameter name: what messages call the file.
/// - Throws: ``Failure`` of kind `settings` that names file, line and field: a field that is unknown, given twice,
///   missing or of the wrong kind, a value that it cannot have, a secret in the open.
public func parse(feedFile bytes: [UInt8], name: String) throws(Failure) -> Feed {
  let root = try Section(TreeReader.read(bytes, file: name), file: name, path: "")
  return try feed(root)
}

private func feed(_ root: Section) throws(Failure) -> Feed {
  let name = try required(root.text("feed"))
  guard isFeedName(name) else {
    throw root.failure(
      "feed", "cannot be \(quoted(name)): it is 1 to 100 of A-Z a-z 0-9 . _ -, not starting with a dot")
  }
  let store = try root.text("store")
  if let store, holdsCredentials(store) {
    throw root.failure("store", "holds credentials: they come from the environment, never from a feed file")
  }
  guard root.has("source") else {
    throw Failure(
      .settings,
      "\(root.file):\(root.line): field \"source\" is missing: say where the dump is with source: { url: … }"
        + " or source: { path: … }")
  }
  let source = try source(root.section("source"))
  let schedule = try root.duration("schedule", positive: true)
  let half = Duration.seconds((schedule?.components.seconds ?? 0) / 2)
  return Feed(
    name: name, store: store, source: source, key: try key(root), schedule: schedule,
    minInterval: try root.duration("min_interval") ?? half, guards: try guards(root.section("guards")),
    duplicates: try required(root.choice("duplicates", Feed.Duplicates.self)),
    columns: try columns(root.section("columns"), format: source.format),
    fingerprint: try required(root.choice("fingerprint", Feed.Fingerprint.self)),
    publish: try publish(root.section("publish")))
}

private func key(_ root: Section) throws(Failure) -> [String] {
  let key = try required(root.list("key"))
  if Set(key).count < key.count { throw root.failure("key", "names a column twice") }
  return key
}

private func guards(_ section: Section) throws(Failure) -> Feed.Guards {
  Feed.Guards(
    bad: try required(section.percent("bad")), gone: try required(section.percent("gone")),
    goneAtLeast: try required(section.number("gone_at_least")),
    duplicates: try required(section.percent("duplicates")),
    repeated: try required(section.percent("repeated")),
    empty: try required(section.choice("empty", Feed.Verdict.self)),
    truncated: try required(section.choice("truncated", Feed.Verdict.self)))
}

private func publish(_ section: Section) throws(Failure) -> Feed.Publish {
  Feed.Publish(
    current: try required(section.choice("current", Feed.Publish.Current.self)),
    grace: try required(section.duration("grace")),
    lists: try required(section.choice("lists", Feed.Publish.Lists.self)))
}

private func columns(_ section: Section, format: Format) throws(Failure) -> Feed.Columns {
  let added = try required(section.choice("added", Feed.Columns.Added.self))
  if added == .none {
    guard case .csv = format else {
      throw section.failure(
        "added",
        "cannot be \"none\" for JSON, which has no header to tell a new column by; use non_empty or all")
    }
  }
  return Feed.Columns(added: added)
}

/// What the table has a default for, or throws without.
func required<T>(_ value: T?) -> T {
  guard let value else {
    preconditionFailure("the table of fields has no default for a field that needs one")
  }
  return value
}

private func isFeedName(_ name: String) -> Bool {
  (1...100).contains(name.utf8.count) && name.utf8.first != UInt8(ascii: ".")
    && name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
}

/// Whether a URL has a user before its host.
func holdsCredentials(_ url: String) -> Bool {
  guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else { return false }
  let authority = url[colon...].dropFirst(3).prefix { !"/?#".contains($0) }
  return authority.contains("@")
}
