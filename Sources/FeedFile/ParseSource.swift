import Basics
import Records

/// The `source` of a feed file.
func source(_ section: Section) throws(Failure) -> Source {
  let location = try location(section)
  return Source(
    location: location, format: try format(section, location), headers: try headers(section),
    auth: section.has("auth") ? try credentials(section.section("auth"), location) : nil,
    timeout: try required(section.duration("timeout", positive: true)),
    connectTimeout: try required(section.duration("connect_timeout", positive: true)),
    lowSpeed: try required(section.number("low_speed")),
    lowSpeedTime: try required(section.duration("low_speed_time", positive: true)))
}

private func location(_ section: Section) throws(Failure) -> Source.Location {
  switch (try section.text("url"), try section.text("path")) {
  case (let url?, nil):
    try checkURL(url, section)
    return .url(url)
  case (nil, let path?): return .path(path)
  case (nil, nil):
    throw Failure(
      .settings, "\(section.file):\(section.line): source needs a url or a path: it says where the dump is")
  default: throw section.failure("path", "stands beside url: a feed has one source, leave one of them out")
  }
}

/// Whether a URL names an object of a cloud store: who asks for it follows from the environment.
private func isObject(_ url: String) -> Bool { url.hasPrefix("s3://") || url.hasPrefix("gs://") }

/// No message shows the URL: it may hold what should not be in a log.
private func checkURL(_ url: String, _ section: Section) throws(Failure) {
  let parts = url.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
  guard parts.count == 2, parts[1].hasPrefix("//") else {
    throw section.failure(
      "url", "has no scheme: it begins with https://, http://, s3:// or gs://; for a file use path")
  }
  let scheme = String(parts[0])
  if isObject(url) {
    guard parts[1].dropFirst(2).split(separator: "/", maxSplits: 1).count == 2 else {
      throw section.failure("url", "names no object: write \(scheme)://bucket/name")
    }
    return
  }
  guard ["http", "https"].contains(scheme.lowercased()) else {
    throw section.failure(
      "url",
      "has the scheme \(quoted(scheme)): it begins with https://, http://, s3:// or gs://; for a file use path"
    )
  }
  guard !holdsCredentials(url) else {
    throw section.failure(
      "url",
      "holds credentials: use auth: { user: …, password_env: NAME }, and the environment for the secret")
  }
  let host = parts[1].dropFirst(2).prefix { !"/?#:".contains($0) }
  guard !host.isEmpty else { throw section.failure("url", "has no host") }
  guard url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
    throw section.failure(
      "url", "has a blank or a character outside of ASCII in it: write it percent-encoded, such as %20")
  }
}

private enum FormatName: String, CaseIterable { case csv, jsonl, json }

private func format(_ section: Section, _ location: Source.Location) throws(Failure) -> Format {
  let ending = ending(location)
  let byEnding: FormatName =
    switch ending {
    case "jsonl", "ndjson": .jsonl
    case "json": .json
    default: .csv
    }
  let name = try section.choice("format", FormatName.self) ?? byEnding
  if name != .csv, section.has("delimiter") {
    throw section.failure("delimiter", "is for the format csv, and the format is \(name.rawValue)")
  }
  if name != .json, section.has("unwrap") {
    throw section.failure("unwrap", "is for the format json, and the format is \(name.rawValue)")
  }
  switch name {
  case .csv: return .csv(delimiter: try delimiter(section) ?? UInt8(ascii: ending == "tsv" ? "\t" : ","))
  case .jsonl: return .jsonLines
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

private func headers(_ section: Section) throws(Failure) -> [String: String] {
  var headers: [String: String] = [:]
  var lines: [String: Int] = [:]
  for (name, line, value) in try section.map("headers") {
    let place = "\(section.file):\(line): source.headers"
    guard !name.isEmpty, name.utf8.count <= 200, name.utf8.allSatisfy(isTokenByte) else {
      throw Failure(.settings, "\(place): \(quoted(name)) is no name of a header")
    }
    let lowercased = name.lowercased()
    if let first = lines.updateValue(line, forKey: lowercased) {
      throw Failure(.settings, "\(place): \(quoted(name)) is given twice, first in line \(first)")
    }
    guard !["authorization", "proxy-authorization", "cookie"].contains(lowercased) else {
      throw Failure(
        .settings,
        "\(place): \(quoted(name)) would put a secret into the feed file: use source.auth, for example"
          + " auth: { bearer_env: NAME }, with the secret in that environment variable")
    }
    guard value.utf8.allSatisfy({ $0 == UInt8(ascii: "\t") || (0x20...0x7E).contains($0) }) else {
      throw Failure(.settings, "\(place): the value of \(quoted(name)) must be printable ASCII on one line")
    }
    headers[name] = value
  }
  return headers
}

/// RFC 9110, section 5.6.2.
private func isTokenByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"):
    true
  default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
  }
}

private func credentials(_ section: Section, _ location: Source.Location) throws(Failure)
  -> Source.Credentials
{
  switch location {
  case .url(let url) where isObject(url):
    throw Failure(
      .settings,
      "\(section.file):\(section.line): source.auth is for a web server; a store takes its credentials from the "
        + "environment")
  case .url: break
  case .path:
    throw Failure(
      .settings, "\(section.file):\(section.line): source.auth is for a url, and the source is a file")
  }
  let user = try section.text("user")
  let password = try secret(section, "password")
  let bearer = try secret(section, "bearer")
  switch (user, password, bearer) {
  case (let user?, let password?, nil):
    guard !user.contains(":") else { throw section.failure("user", "cannot hold a colon (RFC 7617)") }
    return .basic(user: user, password: password)
  case (nil, nil, let bearer?): return .bearer(bearer)
  default:
    throw Failure(
      .settings,
      "\(section.file):\(section.line): source.auth is either { user: …, password_env: NAME } or"
        + " { bearer_env: NAME }; password_file and bearer_file name a file instead")
  }
}

/// The value is not shown: somebody may have put the secret itself here.
private func secret(_ section: Section, _ name: String) throws(Failure) -> Source.Secret? {
  switch (try section.text(name + "_env"), try section.text(name + "_file")) {
  case (nil, nil): return nil
  case (nil, let file?): return .file(file)
  case (let variable?, nil):
    let isName = variable.utf8.allSatisfy {
      isTokenByte($0) && ($0 == UInt8(ascii: "_") || !"!#$%&'*+-.^`|~".utf8.contains($0))
    }
    guard isName, digits(variable.utf8.prefix(1), atMost: 1) == nil else {
      throw section.failure(
        name + "_env",
        "is no name of an environment variable (letters, digits and _); never the secret itself")
    }
    return .environment(variable)
  default:
    throw section.failure(name + "_file", "stands beside \(name)_env: leave one of them out")
  }
}
