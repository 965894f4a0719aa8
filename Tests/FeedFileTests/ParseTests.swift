import Basics
import FeedFile
import Records
import Testing

/// The feed that a YAML text describes.
func feed(_ text: String) throws -> Feed { try parse(feedFile: Array(text.utf8), name: "cases.yaml") }

let minimal = """
  feed: cases
  source: { url: "https://example.org/cases.csv" }

  """

@Suite struct ParseTests {
  @Test func everythingThatAFileLeavesOutHasADefault() throws {
    let feed = try feed(minimal)
    #expect(feed.name == "cases")
    #expect(feed.store == nil)
    #expect(feed.source.location == .url("https://example.org/cases.csv"))
    #expect(feed.source.format == .csv(delimiter: UInt8(ascii: ",")))
    #expect(feed.source.headers.isEmpty)
    #expect(feed.source.auth == nil)
    #expect(feed.source.timeout == .seconds(1800))
    #expect(feed.source.connectTimeout == .seconds(30))
    #expect(feed.source.lowSpeed == 1)
    #expect(feed.source.lowSpeedTime == .seconds(300))
    #expect(feed.key.isEmpty)
    #expect(feed.schedule == nil)
    #expect(feed.minInterval == .zero)
    #expect(feed.guards.bad == Percent("1%"))
    #expect(feed.guards.gone == Percent("20%"))
    #expect(feed.guards.goneAtLeast == 100)
    #expect(feed.guards.duplicates == Percent("5%"))
    #expect(feed.guards.empty == .refuse)
    #expect(feed.guards.truncated == .refuse)
    #expect(feed.duplicates == .first)
    #expect(feed.columns.added == .nonEmpty)
    #expect(feed.publish.current == .auto)
    #expect(feed.publish.grace == .seconds(86400))
    #expect(feed.publish.lists == .auto)
    #expect(feed.source.peace.hours == nil && feed.source.peace.jitter == .zero)
    let breaker = feed.source.peace.breaker
    #expect(breaker.failures == 3 && breaker.pause == .seconds(300) && breaker.longest == .seconds(3600))
  }

  @Test func howASourceIsLeftInPeace() throws {
    let text = """
      feed: cases
      source:
        path: cases.csv
        time_zone: Europe/Berlin
        hours: 22:00-06:00
        jitter: 30s
        breaker: { failures: 5, pause: 10m, longest: 6h }
      """
    let peace = try feed(text).source.peace
    #expect(peace.hours?.texts == ["22:00-06:00"] && peace.jitter == .seconds(30))
    #expect(
      peace.breaker.failures == 5 && peace.breaker.pause == .seconds(600)
        && peace.breaker.longest == .seconds(21600))
    // Nothing of that says how the source is asked.
    let plain = try feed("feed: cases\nsource: { path: cases.csv, time_zone: Europe/Berlin }")
    #expect(try feed(text).askingJSON() == plain.askingJSON())
    #expect(try feed(text).canonicalJSON() != plain.canonicalJSON())
  }

  @Test func everyFieldIsRead() throws {
    let feed = try feed(
      """
      # A comment
      feed: cases
      store: ./store   # beside this file
      source:
        url: https://example.org/report?id=3
        format: json
        unwrap: result.items
        headers: { Accept-Language: en, X-Client: "a: b" }
        auth: { user: reader, password_env: CASES_PASSWORD }
        timeout: 10m
        connect_timeout: 5s
        low_speed: 1000
        low_speed_time: 1m
      key: [Date, Country]
      schedule: 45s
      min_interval: 1h
      guards: { bad: 0.5%, gone: 50%, gone_at_least: 7, duplicates: 0%, repeated: 3%, empty: accept, truncated: accept }
      duplicates: last
      columns: { added: all }
      publish: { current: never, grace: 90m, lists: always }
      """)
    #expect(feed.store == "./store")
    #expect(feed.source.location == .url("https://example.org/report?id=3"))
    #expect(feed.source.format == .json(unwrap: ["result", "items"]))
    #expect(feed.source.headers == ["Accept-Language": "en", "X-Client": "a: b"])
    #expect(feed.source.auth == .basic(user: "reader", password: .environment("CASES_PASSWORD")))
    #expect(feed.source.timeout == .seconds(600))
    #expect(feed.source.connectTimeout == .seconds(5))
    #expect(feed.source.lowSpeed == 1000)
    #expect(feed.source.lowSpeedTime == .seconds(60))
    #expect(feed.key == ["Date", "Country"])
    #expect(feed.schedule == .seconds(45))
    #expect(feed.minInterval == .seconds(3600))
    #expect(feed.guards.bad.partsPerMillion == 5000)
    #expect(feed.guards.gone.fraction == 0.5)
    #expect(feed.guards.goneAtLeast == 7)
    #expect(feed.guards.duplicates.partsPerMillion == 0)
    #expect(feed.guards.repeated.partsPerMillion == 30_000)
    #expect(feed.guards.empty == .accept)
    #expect(feed.guards.truncated == .accept)
    #expect(feed.duplicates == .last)
    #expect(feed.columns.added == .all)
    #expect(feed.publish.current == .never)
    #expect(feed.publish.grace == .seconds(5400))
    #expect(feed.publish.lists == .always)
  }

  @Test func theLeastIntervalIsHalfTheScheduleInWholeSeconds() throws {
    #expect(try feed(minimal + "schedule: 30m").minInterval == .seconds(900))
    #expect(try feed(minimal + "schedule: 45s").minInterval == .seconds(22))
    #expect(try feed(minimal + "schedule: 30m\nmin_interval: 0").minInterval == .zero)
  }

  @Test func aKeyIsOneColumnOrSeveral() throws {
    #expect(try feed(minimal + "key: id").key == ["id"])
    #expect(try feed(minimal + "key: []").key == [])
    #expect(try feed(minimal + "key:\n- yes\n- 12\n- \"a b\"").key == ["yes", "12", "a b"])
  }

  @Test(arguments: [
    ("a.csv", Format.csv(delimiter: 44)), ("a.tsv", .csv(delimiter: 9)), ("a.TSV.gz", .csv(delimiter: 9)),
    ("a.jsonl", .jsonLines), ("b/a.ndjson.zst", .jsonLines), ("a.json", .json(unwrap: [])),
    ("a.json.zip", .json(unwrap: [])), ("json", .json(unwrap: [])), ("a.txt", .csv(delimiter: 44)),
    ("a.json/b", .csv(delimiter: 44)), ("gz", .csv(delimiter: 44)), ("/", .csv(delimiter: 44)),
  ])
  func theFormatFollowsTheNamesEnding(path: String, format: Format) throws {
    #expect(try feed("feed: a\nsource: { path: \(path) }").source.format == format)
  }

  @Test func theFormatLooksAtTheUrlsPathAlone() throws {
    let format = try feed("feed: a\nsource: { url: 'http://a.org/x.json?as=y.csv#z.tsv' }").source.format
    #expect(format == .json(unwrap: []))
  }

  @Test(arguments: [
    ("','", 44), ("\";\"", 59), ("tab", 9), ("\\t", 9), ("\"\\t\"", 9), ("'\\t'", 9), ("'|'", 124),
    ("\"\\x01\"", 1),
  ])
  func aDelimiterIsOneByte(text: String, byte: UInt8) throws {
    let format = try feed("feed: a\nsource:\n  path: a\n  delimiter: \(text)").source.format
    #expect(format == .csv(delimiter: byte))
  }

  @Test(arguments: [
    ("{ user: a, password_env: _B9 }", Source.Credentials.basic(user: "a", password: .environment("_B9"))),
    ("{ user: a, password_file: /run/b }", .basic(user: "a", password: .file("/run/b"))),
    ("{ bearer_env: T }", .bearer(.environment("T"))), ("{ bearer_file: t }", .bearer(.file("t"))),
  ])
  func credentialsAreReferences(text: String, auth: Source.Credentials) throws {
    let feed = try feed("feed: a\nsource:\n  url: http://a.org\n  auth: \(text)")
    #expect(feed.source.auth == auth)
  }

  @Test func unwrapTakesNamesWithDotsAsAList() throws {
    let feed = try feed("feed: a\nsource: { path: a.json, unwrap: [a.b, c] }")
    #expect(feed.source.format == .json(unwrap: ["a.b", "c"]))
  }

  @Test func everyFieldsExampleIsTaken() throws {
    let url = ["feed: a", "source.url: http://a.org"]
    let token = ["source.auth.token_url: http://a.org", "source.auth.client_id: a"]
    let pages = ["source.pages.by: number", "source.pages.parameter: p"]
    let others: [String: [String]] = [
      "feed": ["source.path: a"], "source.path": ["feed: a"], "source.url": ["feed: a"],
      "source.urls": ["feed: a"],
      "source.unwrap": ["feed: a", "source.path: a.json"],
      "source.take": ["feed: a", "source.path: a*.csv"], "source.record": ["feed: a", "source.path: a.xml"],
      "source.footer": url + ["source.footer_starts_with: Total"],
      "source.body": url + ["source.headers: { Content-Type: application/json }"],
      "source.auth.user": url + ["source.auth.password_env: A"],
      "source.auth.method": url + ["source.auth.user: A", "source.auth.password_env: A"],
      "source.auth.password_env": url + ["source.auth.user: A"],
      "source.auth.password_file": url + ["source.auth.user: A"],
      "source.auth.header": url + ["source.auth.key_env: A"],
      "source.auth.key_env": url + ["source.auth.header: A"],
      "source.auth.key_file": url + ["source.auth.header: A"],
      "source.auth.token_url": url + ["source.auth.client_id: a", "source.auth.client_secret_env: A"],
      "source.auth.client_id": url + [
        "source.auth.token_url: http://a.org", "source.auth.client_secret_env: A",
      ],
      "source.auth.client_secret_env": url + token, "source.auth.client_secret_file": url + token,
      "source.auth.client_auth": url + token + ["source.auth.client_secret_env: A"],
      "source.auth.scope": url + token + ["source.auth.client_secret_env: A"],
      "source.auth.audience": url + token + ["source.auth.client_secret_env: A"],
      "source.tls.key": url + ["source.tls.certificate: a"],
      "source.tls.password_env": url + ["source.tls.certificate: a"],
      "source.tls.password_file": url + ["source.tls.certificate: a"],
      "source.pages.token": ["feed: a", "source.url: http://a.org/a.json", "source.pages.by: token"],
      "source.pages.parameter": url + ["source.pages.by: number"],
      "source.pages.first": url + pages, "source.pages.size": url + pages,
      "source.pages.size_parameter": url + pages + ["source.pages.size: 9"],
      "source.pages.at_most": url + ["source.pages.by: link"],
      "source.login.url": url + ["source.login.form: { a: b }"],
      "source.login.form": url + ["source.login.url: http://a.org"],
      "source.login.form_env": url + ["source.login.url: http://a.org"],
      "source.login.form_file": url + ["source.login.url: http://a.org"],
    ]
    for field in Field.all where field.path != "source" {
      let usual = field.path.hasPrefix("source.redis") ? ["feed: a", "source.url: redis://a.org"] : url
      let text = nested((others[field.path] ?? usual) + ["\(field.path): \(field.example)"])
      #expect(throws: Never.self, "\(field.path)\n\(text)") { try feed(text) }
    }
  }

  /// Block YAML of `a.b: c` lines.
  private func nested(_ lines: [String]) -> String {
    var result = ""
    for top in ["feed", "source", ""] {
      for line in lines where !top.isEmpty && line.hasPrefix(top + ": ") { result += line + "\n" }
    }
    var groups: [String: [String]] = [:]
    var inner: [String: [String]] = [:]
    for line in lines {
      let path = line.prefix { $0 != ":" }.split(separator: ".").map(String.init)
      let value = String(line[line.firstIndex(of: ":")!...])
      if path.count == 1, path[0] != "feed" { result += line + "\n" }
      if path.count == 2 { groups[path[0], default: []].append("  \(path[1])\(value)") }
      if path.count == 3 { inner[path[1], default: []].append("    \(path[2])\(value)") }
    }
    for (name, lines) in inner { groups["source", default: []] += ["  \(name):"] + lines }
    for (name, inner) in groups { result += "\(name):\n" + inner.joined(separator: "\n") + "\n" }
    return result
  }
}
