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

  /// Reads what ``canonicalJSON()`` wrote.
  /// - Throws: ``Failure`` of kind `settings`, as ``parse(feedFile:name:)`` does.
  public init(canonicalJSON bytes: [UInt8]) throws(Failure) {
    self = try parse(feedFile: bytes, name: "stored settings")
  }
}

extension Feed.Guards {
  fileprivate var canonical: JSONValue {
    .object([
      "bad": .text(bad.description), "gone": .text(gone.description), "gone_at_least": .number(goneAtLeast),
      "duplicates": .text(duplicates.description), "empty": .text(empty.rawValue),
      "truncated": .text(truncated.rawValue),
    ])
  }
}

extension Feed.Columns {
  fileprivate var canonical: JSONValue { .object(["added": .text(added.rawValue)]) }
}

extension Format {
  fileprivate var canonical: [String: JSONValue] {
    switch self {
    case .csv(let delimiter):
      ["format": .text("csv"), "delimiter": .text(String(Unicode.Scalar(delimiter)))]
    case .jsonLines: ["format": .text("jsonl")]
    case .json(let unwrap): ["format": .text("json"), "unwrap": .list(unwrap.map(JSONValue.text))]
    }
  }
}

extension Source {
  fileprivate var canonical: JSONValue {
    var fields = format.canonical
    switch location {
    case .url(let url): fields["url"] = .text(url)
    case .path(let path): fields["path"] = .text(path)
    }
    if !headers.isEmpty { fields["headers"] = .object(headers.mapValues(JSONValue.text)) }
    switch auth {
    case .basic(let user, let password):
      fields["auth"] = .object(["user": .text(user)].merging(password.canonical("password")) { $1 })
    case .bearer(let token): fields["auth"] = .object(token.canonical("bearer"))
    case nil: break
    }
    fields["timeout"] = .text(timeout.feedFileText)
    fields["connect_timeout"] = .text(connectTimeout.feedFileText)
    fields["low_speed"] = .number(lowSpeed)
    fields["low_speed_time"] = .text(lowSpeedTime.feedFileText)
    return .object(fields)
  }
}

extension Source.Secret {
  fileprivate func canonical(_ name: String) -> [String: JSONValue] {
    switch self {
    case .environment(let variable): [name + "_env": .text(variable)]
    case .file(let path): [name + "_file": .text(path)]
    }
  }
}
