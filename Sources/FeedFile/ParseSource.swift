import Basics
import Records

/// The `source` of a feed file.
func source(_ section: Section) throws(Failure) -> Source {
  let location = try location(section)
  try refuseWhatIsForServers(section, location)
  var source = Source(
    location: location, format: try format(section, location), headers: try headers(section),
    auth: try section.has("auth") ? who(section.section("auth"), location) : nil,
    timeout: try required(section.duration("timeout", positive: true)),
    connectTimeout: try required(section.duration("connect_timeout", positive: true)),
    lowSpeed: try required(section.number("low_speed")),
    lowSpeedTime: try required(section.duration("low_speed_time", positive: true)))
  if let kind = databaseKind(location) {
    source.database = try database(section, kind)
    if section.has("tls") { source.web.tls = try tls(section.section("tls")) }
    source.web.timeZone = try timeZone(section)
  } else {
    if section.has("redis") { throw section.failure("redis", "is for redis:// and rediss://") }
    source.web = try web(section, source)
  }
  source.peace = try peace(section)
  if section.has("expect") { source.expect = try expect(section.section("expect"), location) }
  source.conversion = try conversion(section, try formatName(section, location))
  source.take = try take(section, location)
  return source
}

private func who(_ section: Section, _ location: Source.Location) throws(Failure) -> Source.Credentials {
  guard let kind = databaseKind(location) else { return try credentials(section) }
  return try databaseCredentials(section, kind)
}

/// Whether a dump comes from a web server.
func isWeb(_ location: Source.Location) -> Bool {
  switch location {
  case .url(let url): !isObject(url) && DatabaseKind(url: url) == nil
  case .urls: true
  case .path: false
  }
}

private func refuseWhatIsForServers(_ section: Section, _ location: Source.Location) throws(Failure) {
  guard !isWeb(location), databaseKind(location) == nil else { return }
  for name in ["method", "query", "form", "body", "tls", "pages", "login", "resume", "rate", "auth"] {
    guard section.has(name) else { continue }
    if case .path = location { throw section.failure(name, "is for a url, and the source is a file") }
    throw section.failure(
      name,
      "is for a web server; a store takes its credentials from the environment and is asked in its own way")
  }
}

private func location(_ section: Section) throws(Failure) -> Source.Location {
  if let urls = try section.list("urls") {
    guard !section.has("url"), !section.has("path") else {
      throw section.failure("urls", "stands beside url or path: a feed has one source, leave one of them out")
    }
    guard !urls.isEmpty else { throw section.failure("urls", "names none") }
    if Set(urls).count < urls.count { throw section.failure("urls", "names one twice") }
    for url in urls {
      try checkURL(url, section, "urls")
      if isObject(url) { throw section.failure("urls", "are of web servers: give one s3:// or gs:// as url") }
    }
    if section.has("auth") || section.has("login"), Set(urls.map(server)).count > 1 {
      throw section.failure(
        "urls", "are of several servers, and all of them would be told the secrets: make a feed of each")
    }
    return .urls(urls)
  }
  switch (try section.text("url"), try section.text("path")) {
  case (let url?, nil):
    if let kind = DatabaseKind(url: url) {
      try checkDatabase(url, kind, section)
    } else {
      try checkURL(url, section)
    }
    return .url(url)
  case (nil, let path?): return .path(path)
  case (nil, nil):
    throw Failure(
      .settings, "\(section.file):\(section.line): source needs a url or a path: it says where the dump is")
  default: throw section.failure("path", "stands beside url: a feed has one source, leave one of them out")
  }
}

/// Whether a URL names an object of a cloud store: who asks for it follows from the environment.
func isObject(_ url: String) -> Bool { url.hasPrefix("s3://") || url.hasPrefix("gs://") }

/// No message shows the URL: it may hold what should not be in a log.
func checkURL(_ url: String, _ section: Section, _ name: String = "url") throws(Failure) {
  let parts = url.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
  guard parts.count == 2, parts[1].hasPrefix("//") else {
    throw section.failure(
      name,
      "has no scheme: it begins with https://, http://, s3://, gs://, redis:// or postgresql://; for a file use path"
    )
  }
  let scheme = String(parts[0])
  if isObject(url) {
    guard parts[1].dropFirst(2).split(separator: "/", maxSplits: 1).count == 2 else {
      throw section.failure(name, "names no object: write \(scheme)://bucket/name")
    }
    return
  }
  guard ["http", "https"].contains(scheme.lowercased()) else {
    throw section.failure(
      name,
      "has the scheme \(quoted(scheme)): it begins with https://, http://, s3://, gs://, redis:// or postgresql://; for a file use path"
    )
  }
  guard !holdsCredentials(url) else {
    throw section.failure(
      name,
      "holds credentials: use auth: { user: …, password_env: NAME }, and the environment for the secret")
  }
  let host = parts[1].dropFirst(2).prefix { !"/?#:".contains($0) }
  guard !host.isEmpty else { throw section.failure(name, "has no host") }
  guard url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
    throw section.failure(
      name, "has a blank or a character outside of ASCII in it: write it percent-encoded, such as %20")
  }
  try checkDates(url, section, name)
}

enum FormatName: String, CaseIterable { case csv, jsonl, json, xml }

/// The format that a source has, by the file or by its name.
func formatName(_ section: Section, _ location: Source.Location) throws(Failure) -> FormatName {
  if databaseKind(location) != nil { return .jsonl }
  if let name = try section.choice("format", FormatName.self) { return name }
  switch ending(location) {
  case "jsonl", "ndjson": return .jsonl
  case "json": return .json
  case "xml": return .xml
  default: return .csv
  }
}

private func format(_ section: Section, _ location: Source.Location) throws(Failure) -> Format {
  let name = try formatName(section, location)
  if name != .csv, section.has("delimiter") {
    throw section.failure("delimiter", "is for the format csv, and the format is \(name.rawValue)")
  }
  if name != .json, section.has("unwrap") {
    throw section.failure("unwrap", "is for the format json, and the format is \(name.rawValue)")
  }
  switch name {
  case .csv:
    return .csv(delimiter: try delimiter(section) ?? UInt8(ascii: ending(location) == "tsv" ? "\t" : ","))
  // Of XML JSON Lines are made on the way in.
  case .jsonl, .xml: return .jsonLines
  case .json:
    let path = try section.list("unwrap") { text in
      text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }
    return .json(unwrap: path ?? [])
  }
}

/// What the name of a dump ends in, compression aside.
private func ending(_ location: Source.Location) -> String {
  var name: Substring =
    switch location {
    case .url(let url): url.prefix { !"?#".contains($0) }
    case .urls(let urls): (urls.first ?? "").prefix { !"?#".contains($0) }
    case .path(let path): path[...]
    }
  name = name[(name.lastIndex(of: "/").map(name.index(after:)) ?? name.startIndex)...]
  var endings = name.lowercased().split(separator: ".")
  if let last = endings.last, ["gz", "zst", "zip", "bz2", "xz"].contains(last) { endings.removeLast() }
  return endings.last.map(String.init) ?? ""
}

private func delimiter(_ section: Section) throws(Failure) -> UInt8? {
  guard let text = try section.text("delimiter") else { return nil }
  if ["tab", "\\t"].contains(text) { return UInt8(ascii: "\t") }
  guard text.utf8.count == 1, let byte = text.utf8.first else {
    throw section.failure(
      "delimiter", "cannot be \(quoted(text)): it is one ASCII character, such as \",\" or \";\", or tab")
  }
  guard ![UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r")].contains(byte) else {
    throw section.failure("delimiter", "cannot be a quote or a line end, which have their own meaning in csv")
  }
  return byte
}

/// Scheme, host and port of a URL, as they are written.
private func server(_ url: String) -> String {
  let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
  return parts.prefix(3).joined(separator: "/").lowercased()
}
