import Basics
import FeedFile
import Testing

/// What a feed file says of web servers.
@Suite struct WebTests {
  private func source(_ lines: String) throws -> Source {
    try feed("feed: a\nsource:\n  url: https://a.org/x.json\n  \(lines)").source
  }

  @Test func whatIsAskedIsRead() throws {
    let source = try source(
      """
      time_zone: Europe/Berlin
        query: { Region: [North, "", 3], "rs:Format": CSV, From: "{month-1:%d.%m.%Y}" }
        form: { a: b }
        rate: 30/m
        resume: 0
        tls: { ca: ca.pem, certificate: me.pem, key: me.key, password_env: P }
        expect: { status: [200, 202], content_type: application/json, begins_with: "{", ends_with: "}", min_bytes: 9 }
        pages: { by: token, token: meta.next, parameter: cursor, at_most: 5 }
        login: { url: "https://a.org/in", form: { user: me }, form_env: { password: P }, form_file: { pin: p } }
      """)
    let web = source.web
    #expect(
      web.query == ["Region": ["North", "", "3"], "rs:Format": ["CSV"], "From": ["{month-1:%d.%m.%Y}"]])
    #expect(web.content == .form(["a": ["b"]]) && web.isPost && web.timeZone == "Europe/Berlin")
    #expect(web.rate == Source.Rate("30/m") && web.resumes == 0)
    #expect(
      web.tls == Source.TLS(ca: "ca.pem", certificate: "me.pem", key: "me.key", password: .environment("P")))
    #expect(web.pages == Source.Pages(by: .token(path: ["meta", "next"], parameter: "cursor"), atMost: 5))
    #expect(
      web.login
        == Source.Login(
          url: "https://a.org/in", form: ["user": "me"],
          secrets: ["password": .environment("P"), "pin": .file("p")]))
    #expect(source.expect.status == [200, 202] && source.expect.contentType == ["application/json"])
    #expect(source.expect.beginsWith == "{" && source.expect.endsWith == "}" && source.expect.minBytes == 9)
  }

  @Test(arguments: [
    (
      "{ user: 'D\\u', password_env: P, method: ntlm }",
      Source.Credentials.ntlm(user: "D\\u", password: .environment("P"))
    ),
    ("{ method: negotiate }", .negotiate),
    ("{ header: X-Key, key_file: k }", .key(header: "X-Key", .file("k"))),
    (
      "{ token_url: 'https://t/', client_id: c, client_secret_env: S, scope: s, client_auth: form }",
      .client(
        Source.Client(
          tokenURL: "https://t/", id: "c", secret: .environment("S"), scope: "s", audience: nil,
          isInForm: true))
    ),
  ])
  func credentialsAreRead(text: String, auth: Source.Credentials) throws {
    #expect(try source("auth: \(text)").auth == auth)
  }

  @Test(arguments: [
    ("headers: { X-Api-Key: hidden }", "use source.auth: { header: X-Api-Key, key_env: NAME }"),
    ("method: PUT", "source.method cannot be \"PUT\": it is GET or POST"),
    ("method: GET\n  form: { a: b }", "cases.yaml:4: source.method is GET, which carries no form or body"),
    ("form: { a: b }\n  body: c", "source.body stands beside form"),
    ("body: c", "source.body needs to be told of: headers: { Content-Type:"),
    ("query: [a]", "source.query must be a mapping (name: value), not a list"),
    ("query: { a: { b: c } }", "cases.yaml:4: source.query: \"a\" needs a value or a list of them"),
    ("query: { '': b }", "source.query: a name is empty"),
    ("query: { Api-Key: hidden }", "source.query: \"Api-Key\" would put a secret into the feed file"),
    ("form: { password: hidden }", "source.form: \"password\" would put a secret"),
    ("query: { a: '{today-7}' }", "source.query cannot be dated: the date {today-7} has a step that is none"),
    ("query: { a: '{now-1d' }", "source.query cannot be dated: the date {now-1d has no } at its end"),
    ("query: { a: '{today:%A}' }", "is to be written with %A, which is not known; known are %Y"),
    ("time_zone: ../etc", "source.time_zone cannot be \"../etc\""),
    ("rate: 5", "source.rate cannot be \"5\": it is a number of requests and a time, such as 2/s"),
    ("resume: 2000", "source.resume is at most 1000"),
    ("tls: { }", "source.tls names nothing"),
    ("tls: { ca: a, key: b }", "source.tls.key is for a certificate"),
    ("tls: { certificate: a.pfx, key: b }", "source.tls.key stands beside a PKCS#12 file"),
    ("expect: { status: 404 }", "source.expect.status cannot be \"404\""),
    ("expect: { status: 206 }", "source.expect.status cannot be \"206\""),
    ("expect: { content_type: csv }", "source.expect.content_type cannot be \"csv\""),
    ("expect: { min_bytes: 9, max_bytes: 8 }", "source.expect.min_bytes is more than max_bytes"),
    ("expect: { starts_with: a }", "unknown field \"starts_with\" in source.expect"),
    ("pages: { }", "field \"source.pages.by\" is missing"),
    ("pages: { by: magic }", "source.pages.by cannot be \"magic\": it is link, token, number or offset"),
    ("pages: { by: link, parameter: p }", "source.pages.parameter is not for pages by link"),
    ("pages: { by: token }", "source.pages.token is missing"),
    ("format: csv\n  pages: { by: token, token: a }", "source.pages.by token looks into a page's document"),
    ("pages: { by: number }", "source.pages.parameter is missing"),
    ("pages: { by: offset, parameter: p }", "source.pages.size is missing"),
    ("pages: { by: number, parameter: p, size: 0 }", "source.pages.size cannot be zero"),
    ("pages: { by: number, parameter: p, size_parameter: n }", "source.pages.size_parameter needs size"),
    ("login: { form: { a: b } }", "field \"source.login.url\" is missing"),
    ("login: { url: 'http://a' }", "source.login sends nothing"),
    (
      "login: { url: 'http://a', form: { password: hidden } }",
      "source.login.form: \"password\" would put a secret"
    ),
    ("login: { url: 'http://a', form_env: { a: 'hid den' } }", "\"a\" is no name of an environment variable"),
    ("login: { url: 'http://a', form: { a: b }, form_env: { a: B } }", "\"a\" is given elsewhere too"),
    ("auth: { method: negotiate, user: a }", "source.auth.method negotiate takes the Kerberos ticket"),
    ("auth: { method: ntlm, user: a }", "source.auth is either"),
    ("auth: { header: X, bearer_env: B }", "source.auth is either"),
    ("auth: { header: X }", "source.auth is either"),
    ("auth: { header: 'a b', key_env: B }", "source.auth.header is no name of a header"),
    (
      "auth: { token_url: 'ftp://a', client_id: a, client_secret_env: B }",
      "source.auth.token_url has the scheme"
    ),
    ("auth: { client_id: a, client_secret: hidden }", "did you mean \"client_secret_env\"?"),
  ])
  func aSourceLikeThisIsRefused(lines: String, says: String) {
    let error = #expect(throws: Failure.self) { try source(lines) }
    #expect(error?.kind == .settings && error?.message.contains(says) == true, "\(error?.message ?? "taken")")
    #expect(error?.message.hasPrefix("cases.yaml:") == true && error?.message.contains("hidden") == false)
  }

  @Test func severalAddresses() throws {
    let feed = try feed("feed: a\nsource: { urls: ['http://a/1.csv', 'http://a/2.csv'] }")
    #expect(feed.source.location == .urls(["http://a/1.csv", "http://a/2.csv"]))
    for (lines, says) in [
      ("urls: []", "source.urls names none"),
      ("urls: ['http://a', 'http://a']", "source.urls names one twice"),
      ("urls: ['s3://a/b']", "source.urls are of web servers"),
      (
        "urls: ['http://a/1', 'http://b/2']\n  auth: { bearer_env: T }",
        "source.urls are of several servers, and all of them would be told the secrets"
      ),
      ("urls: ['http://a']\n  path: b", "stands beside url or path"),
      ("urls: ['http://a']\n  pages: { by: link }", "source.pages is for one url"),
      ("path: a\n  pages: { by: link }", "source.pages is for a url, and the source is a file"),
      ("url: s3://a/b\n  tls: { ca: a }", "source.tls is for a web server"),
      ("path: a\n  expect: { status: 200 }", "source.expect.status is what a web server answers with"),
    ] {
      let error = #expect(throws: Failure.self) { try FeedFileTests.feed("feed: a\nsource:\n  \(lines)") }
      #expect(error?.message.contains(says) == true, "\(error?.message ?? "taken")")
    }
  }

  @Test(arguments: [
    ("hours: 22-06", "source.hours cannot be \"22-06\": it is a span of a day, such as 22:00-06:00"),
    ("hours: [06:00-06:00]", "source.hours cannot be \"06:00-06:00\", which is no time at all"),
    ("hours: []", "source.hours names no hours"),
    ("jitter: 11m", "source.jitter is at most 10m: whoever started the function waits for it"),
    ("breaker: { pause: 0s }", "source.breaker.pause cannot be zero"),
    ("breaker: { pause: 2h }", "source.breaker.longest is less than pause"),
    ("breaker: { longest: 31d }", "source.breaker.longest is at most 30d"),
    ("breaker: { failures: often }", "source.breaker.failures cannot be \"often\""),
    ("breaker: { after: 3 }", "unknown field \"after\" in source.breaker"),
  ])
  func whatIsNoPeaceIsRefused(line: String, says: String) {
    let failure = #expect(throws: Failure.self) { try source(line) }
    #expect(failure?.message.contains(says) == true, "\(failure?.message ?? "")")
  }
}
