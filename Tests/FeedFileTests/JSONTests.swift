import FeedFile
import Records
import StrandlineTesting
import Testing

@Suite struct JSONTests {
  @Test func aFileMayBeJSON() throws {
    let text =
      "\u{FEFF}\r\n{\r\n\t\"feed\": \"cases\",\r\n\t\"source\":\t{ \"path\": \"a\\/b\\u00e9.json\", "
      + "\"format\":\"csv\",\"delimiter\":\"\\t\" },\r\n\t\"key\": [\r\n\t\t\"\\ud83d\\ude00 x\"\t],\n"
      + "\t\"guards\":{\"gone_at_least\":5}\r\n}\r\n"
    let feed = try feed(text)
    #expect(feed.source.location == .path("a/bé.json"))
    #expect(feed.source.format == .csv(delimiter: 9))
    #expect(feed.key == ["😀 x"])
    #expect(feed.guards.goneAtLeast == 5)
  }

  @Test func linesOfJSONAreNamed() {
    #expect {
      try feed("{\n\t\"feed\": \"a\",\n\t\"source\": { \"path\": \"a\" },\n\t\"kee\": 1\n}")
    } throws: { "\($0)".hasPrefix("cases.yaml:4: unknown field \"kee\"") }
  }

  @Test func halfACharacterIsRefused() {
    #expect {
      try feed("{\"feed\": \"a\", \"source\": { \"path\": \"\\ud83d\" }}")
    } throws: {
      "\($0)".contains("cases.yaml:1: not valid YAML: found invalid Unicode character escape code")
    }
  }

  @Test func tabsInQuotesStayInBracesOfYaml() throws {
    let text =
      "{ feed: a, # it's a \"comment\n source: { path: it's\tx, delimiter: '\t' }, key: ['a''\t', \"b\tc\"] }"
    let feed = try feed(text)
    #expect(feed.source.format == .csv(delimiter: 9))
    #expect(feed.key == ["a'\t", "b\tc"])
  }

  @Test func theSameSettingsGiveTheSameBytes() throws {
    let a = try feed("source: { path: a.csv }\nfeed: cases\nschedule: 60m\nguards: { gone: 20.0% }\nstore: x")
    let b = try feed("feed: cases\nschedule: 1h\nmin_interval: 1800s\nsource: { path: a.csv, format: csv }")
    #expect(a.canonicalJSON() == b.canonicalJSON())
    #expect(
      String(decoding: a.canonicalJSON(), as: UTF8.self)
        == #"{"columns":{"added":"non_empty"},"duplicates":"first","feed":"cases","fingerprint":"universal","#
        + #""guards":{"bad":"1%","duplicates":"5%","empty":"refuse","gone":"20%","gone_at_least":100,"truncated":"refuse"},"key":[],"#
        + #""min_interval":"30m","publish":{"current":"auto","grace":"1d","lists":"auto"},"schedule":"1h","source":{"connect_timeout":"30s","#
        + #""delimiter":",","format":"csv","low_speed":1,"low_speed_time":"5m","path":"a.csv","timeout":"30m"}}"#
    )
  }

  @Test func theReadingIsWhatMakesRecordsOfBytes() throws {
    let a = try feed(
      "feed: a\nsource: { path: a.json, unwrap: b.c }\nkey: id\nduplicates: last\nschedule: 1m")
    let b = try feed(
      "feed: b\nsource: { url: 'http://x', format: json, unwrap: [b, c] }\nkey: [id]\nduplicates: last")
    #expect(a.readingJSON() == b.readingJSON())
    #expect(
      String(decoding: a.readingJSON(), as: UTF8.self)
        == #"{"columns":{"added":"non_empty"},"duplicates":"last","key":["id"],"#
        + #""source":{"format":"json","unwrap":["b","c"]}}"#)
    for other in ["key: [id, x]", "duplicates: first", "columns: { added: all }"] {
      let changed = try feed("feed: a\nsource: { path: a.json, unwrap: b.c }\n\(other)")
      #expect(changed.readingJSON() != a.readingJSON())
    }
  }

  @Test func whatIsStoredComesBack() throws {
    var random = SplitMix64(seed: 7)
    for _ in 0..<2000 {
      var feed = try randomFeed(&random)
      let bytes = feed.canonicalJSON()
      let again = try Feed(canonicalJSON: bytes)
      feed.store = nil
      #expect(again == feed)
      #expect(again.canonicalJSON() == bytes)
    }
  }
}

func randomText(_ random: inout SplitMix64) -> String {
  let odd: [Unicode.Scalar] = [
    "\t", "\n", "\r", "\"", "\\", "'", "#", ":", ",", "{", "]", " ", "~", "\u{1}", "\u{7F}", "\u{85}",
    "\u{A0}",
    "\u{2028}", "\u{2029}", "\u{FEFF}", "\u{FFFE}", "\u{FFFF}", "\u{1F600}", "\u{10FFFF}", "é", "0", "-", "&",
    "*",
    "!", "%", "@", "\u{D7FF}", "\u{E000}",
  ]
  var text = "x"
  for _ in 0..<Int.random(in: 0...8, using: &random) {
    text.unicodeScalars.append(odd.randomElement(using: &random)!)
  }
  return Bool.random(using: &random) ? text : String(text.dropFirst() + "x")
}

func randomFeed(_ random: inout SplitMix64) throws -> Feed {
  func duration() -> Duration {
    .seconds(Int64([1, 59, 60, 3600, 7200, 86400, 90061].randomElement(using: &random)!))
  }
  func percent() -> Percent { Percent(partsPerMillion: Int.random(in: 0...1_000_000, using: &random)) }
  func verdict() -> Feed.Verdict { Feed.Verdict.allCases.randomElement(using: &random)! }
  func secret() -> Source.Secret {
    Bool.random(using: &random) ? .environment("A_1") : .file(randomText(&random))
  }
  let format: Format =
    switch Int.random(in: 0..<3, using: &random) {
    case 0: .csv(delimiter: [1, 9, 32, 44, 59, 92, 39, 35, 126, 127].randomElement(using: &random)!)
    case 1: .jsonLines
    default: .json(unwrap: (0..<Int.random(in: 0...3, using: &random)).map { "\($0)" + randomText(&random) })
    }
  let isURL = Bool.random(using: &random)
  let auth: Source.Credentials? =
    switch Int.random(in: 0..<7, using: &random) {
    case 0 where isURL: .bearer(secret())
    case 1 where isURL: .basic(user: randomText(&random).filter { $0 != ":" } + "u", password: secret())
    case 2 where isURL: .ntlm(user: "A\\" + randomText(&random), password: secret())
    case 3 where isURL: .negotiate
    case 4 where isURL: .key(header: "X-Key", secret())
    case 5 where isURL:
      .client(
        Source.Client(
          tokenURL: "https://a.org/t", id: randomText(&random), secret: secret(),
          scope: Bool.random(using: &random) ? nil : randomText(&random),
          audience: Bool.random(using: &random) ? nil : randomText(&random),
          isInForm: Bool.random(using: &random)))
    default: nil
    }
  var feed = try feed(minimal)
  feed.name = "a.b-c_D9"
  feed.source.location = isURL ? .url("HTTP://a.org/\"x'#?&{") : .path(randomText(&random))
  feed.source.format = format
  feed.source.headers = Bool.random(using: &random) ? [:] : ["X-A": " a\t\"b\\ ", "B": ""]
  feed.source.auth = auth
  feed.source.timeout = duration()
  feed.source.connectTimeout = duration()
  feed.source.lowSpeed = Int.random(in: 0...10_000, using: &random)
  feed.source.lowSpeedTime = duration()
  feed.source.peace = randomPeace(&random)
  feed.source.web = isURL ? randomWeb(&random, format) : Source.Web()
  if Bool.random(using: &random) {
    feed.source.expect.beginsWith = randomText(&random)
    feed.source.expect.endsWith = randomText(&random)
    feed.source.expect.minBytes = Int.random(in: 0...9, using: &random)
    feed.source.expect.maxBytes = 9 + Int.random(in: 0...9, using: &random)
    if isURL { (feed.source.expect.status, feed.source.expect.contentType) = ([200, 204], ["a/b", "c/d"]) }
  }
  feed.source.conversion = randomConversion(&random, format)
  if !isURL, Bool.random(using: &random) {
    feed.source.take = Source.Take.allCases.randomElement(using: &random)
  }
  if case .text = feed.source.web.content { feed.source.headers["content-type"] = "a/b" }
  feed.guards.bad = percent()
  feed.guards.gone = percent()
  feed.guards.goneAtLeast = Int.random(in: 0...1000, using: &random)
  feed.guards.duplicates = percent()
  feed.guards.repeated = percent()
  feed.guards.empty = verdict()
  feed.guards.truncated = verdict()
  feed.columns.added = Bool.random(using: &random) ? .all : .nonEmpty
  feed.store = "./store"
  feed.key = (0..<Int.random(in: 0...3, using: &random)).map { "\($0)" + randomText(&random) }
  feed.schedule = Bool.random(using: &random) ? nil : duration()
  feed.minInterval = Bool.random(using: &random) ? .zero : duration()
  feed.duplicates = Feed.Duplicates.allCases.randomElement(using: &random)!
  feed.publish.current = Feed.Publish.Current.allCases.randomElement(using: &random)!
  feed.publish.grace = duration()
  feed.publish.lists = Feed.Publish.Lists.allCases.randomElement(using: &random) ?? .auto
  return feed
}
