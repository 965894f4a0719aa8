public import Basics
import Records

extension Feed {
  /// The feed as JSON, the same bytes for the same meaning: names sorted, every effective value written out,
  /// the store left out, no secrets.
  public func canonicalJSON() -> [UInt8] {
    var fields: [String: JSONValue] = [
      "feed": .text(name), "source": source.canonical, "key": .list(key.map(JSONValue.text)),
      "min_interval": .text(minInterval.feedFileText), "guards": guards.canonical,
      "duplicates": .text(duplicates.rawValue), "columns": columns.canonical,
      "fingerprint": .text(fingerprint.rawValue),
      "publish": .object([
        "current": .text(publish.current.rawValue), "grace": .text(publish.grace.feedFileText),
        "lists": .text(publish.lists.rawValue),
      ]),
    ]
    if let schedule { fields["schedule"] = .text(schedule.feedFileText) }
    return JSONValue.object(fields).bytes
  }

  /// Only what decides how bytes become records: format, delimiter, unwrap, key, duplicates, columns; laid out
  /// as in ``canonicalJSON()``.
  public func readingJSON() -> [UInt8] {
    JSONValue.object([
      "source": .object(source.format.canonical), "key": .list(key.map(JSONValue.text)),
      "duplicates": .text(duplicates.rawValue), "columns": columns.canonical,
    ]).bytes
  }

  /// Only what decides how the source is asked, and by whom: where it is, headers, credentials by reference; laid out as in
  /// ``canonicalJSON()``.
  public func askingJSON() -> [UInt8] { JSONValue.object(source.asking).bytes }

  /// Reads what ``canonicalJSON()`` wrote.
  /// - Throws: ``Failure`` of kind `settings`, as ``parse(feedFile:name:)`` does.
  public init(canonicalJSON bytes: [UInt8]) throws(Failure) {
    self = try parse(feedFile: bytes, name: "stored settings")
  }
}

extension Feed.Guards {
  fileprivate var canonical: JSONValue {
    var fields: [String: JSONValue] = [
      "bad": .text(bad.description), "gone": .text(gone.description), "gone_at_least": .number(goneAtLeast),
      "duplicates": .text(duplicates.description), "empty": .text(empty.rawValue),
      "truncated": .text(truncated.rawValue),
    ]
    // Newer than settings that are stored already: said only if it says something new.
    if repeated != Percent(partsPerMillion: 250_000) { fields["repeated"] = .text(repeated.description) }
    return .object(fields)
  }
}

extension Feed.Columns {
  fileprivate var canonical: JSONValue { .object(["added": .text(added.rawValue)]) }
}

extension Format {
  var canonical: [String: JSONValue] {
    switch self {
    case .csv(let delimiter):
      ["format": .text("csv"), "delimiter": .text(String(Unicode.Scalar(delimiter)))]
    case .jsonLines: ["format": .text("jsonl")]
    case .json(let unwrap): ["format": .text("json"), "unwrap": .list(unwrap.map(JSONValue.text))]
    }
  }
}
