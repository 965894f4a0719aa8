import Basics
import FeedSources
import HTTP
import StrandlineTesting
import Testing

@Suite struct WebSourceTests {
  let server = TestServer.shared
  let clock = ManualClock()
  let log = RecordingLog()
  let opener: SourceOpener

  init() {
    opener = SourceOpener(
      clock: clock, log: log, randomness: ConstantRandomness(byte: 128), objects: noObjects)
  }

  private func open(_ path: String) throws -> any SourceBody {
    try #require(try opener.open(SourceRequest(.http(server.url(path)))).body)
  }

  private func failure(_ path: String) throws -> Failure {
    try #require(throws: Failure.self) { _ = try open(path).all() }
  }

  private func tries(_ path: String) throws -> String {
    let asked = path.replacing("?", with: "%3F").replacing("&", with: "%26").replacing("=", with: "%3D")
    return try HTTPClient().send(HTTPRequest(server.url("/tries?of=\(asked)"))).text()
  }

  @Test(arguments: [
    "/ok", "/gzip", "/chunked", "/dump.csv.gz", "/twice.csv.gz?x=1", "/typed", "/redirect?n=1&to=/dump.gz",
  ])
  func readsADump(path: String) throws {
    for size in [100, 1 << 20] { #expect(try open(path).all(by: size) == lines) }
    #expect(clock.sleeps == [] && log.lines == [])
  }

  @Test func tellsWhatIsKnown() throws {
    let body = try open("/ok?token=abc")
    #expect(body.etag == "\"v1\"" && body.lastModified == "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(body.expectedBytes == lines.count && body.name == server.url("/ok?token=***"))
    _ = try body.all()
    #expect(body.receivedBytes == lines.count)
  }

  @Test func anEmptyAnswerIsAnEmptyDump() throws { #expect(try open("/empty").all() == []) }

  @Test func seesThatNothingChanged() throws {
    var request = SourceRequest(.http(server.url("/tagged")))
    #expect(try opener.open(request).body?.all() == lines)
    request.etag = "\"v1\""
    guard case .unchanged(let etag, let lastModified) = try opener.open(request) else {
      Issue.record("it is unchanged")
      return
    }
    #expect(etag == "\"v1\"" && lastModified == nil)
    request.etag = "\"v0\""
    #expect(try opener.open(request).body?.all() == lines)
    request.etag = nil
    request.lastModified = "Sun, 06 Nov 1994 08:49:37 GMT"
    guard case .unchanged("\"v1\"", "Sun, 06 Nov 1994 08:49:37 GMT") = try opener.open(request) else {
      Issue.record("it is unchanged")
      return
    }
    #expect(try failure("/unasked").kind == .unavailable)
  }

  @Test(arguments: [503, 500, 429])
  func triesThreeTimes(status: Int) throws {
    let path = "/flaky?n=2&status=\(status)"
    #expect(try open(path).all() == lines)
    #expect(clock.sleeps == [1.25, 5])
    #expect(log.lines.count == 2 && log.lines[0].contains("answered \(status)"))
    #expect(log.lines[1].contains("try 3 of 3"))
  }

  @Test func triesAgainAfterABrokenConnection() throws {
    #expect(try open("/hangs-up?n=2&id=source").all() == lines)
    #expect(clock.sleeps == [1.25, 5])
  }

  @Test func givesUpAfterThreeTries() throws {
    let error = try failure("/flaky?n=99&id=forever")
    #expect(error.kind == .unavailable)
    #expect(error.message.contains("answered 503") && error.message.contains("(tried 3 times)"))
    #expect(clock.sleeps.count == 2)
    #expect(try tries("/flaky?n=99&id=forever") == "3")
  }

  @Test func triesAgainWhatBrokeOffBeforeTheBody() throws {
    let error = try failure("/cut-empty?id=source")
    #expect(error.kind == .unavailable && error.message.contains("got 0 of 100 bytes"))
    #expect(try tries("/cut-empty?id=source") == "3")
  }

  @Test func doesNotTryAgainOnceTheBodyBegan() throws {
    let error = try failure("/cut-length?id=source")
    #expect(error.kind == .unavailable && error.message.contains("got 100000 of 297780 bytes"))
    #expect(clock.sleeps == [])
    #expect(try tries("/cut-length?id=source") == "1")
  }

  @Test(arguments: [
    ("/cut-gzip", Failure.Kind.unavailable), ("/cut-file.gz", .badData), ("/ok.gz", .badData),
  ])
  func refusesBrokenGzip(path: String, kind: Failure.Kind) throws { #expect(try failure(path).kind == kind) }

  @Test(arguments: [
    (401, Failure.Kind.settings, "check the user, password or token"), (403, .settings, "has no access"),
    (404, .unavailable, "check the address"), (410, .unavailable, "check the address"),
    (418, .unavailable, "answered 418"), (204, .unavailable, "no whole dump"),
    (206, .unavailable, "no whole dump"),
  ])
  func doesNotTryAgainWhatIsSettled(status: Int, kind: Failure.Kind, words: String) throws {
    let error = try failure("/status?code=\(status)")
    #expect(error.kind == kind && error.message.contains(words), "\(error)")
    #expect(clock.sleeps == [])
  }

  @Test func tellsThatSecretsStayedBehind() throws {
    var request = SourceRequest(
      .http(server.url("/redirect?n=1&to=http://localhost:\(server.port)/status?code=401")))
    request.credentials = .bearer("t0ken")
    let error = #expect(throws: Failure.self) { try opener.open(request) }
    #expect(error?.kind == .settings && error?.message.contains("told to one origin only") == true)
    #expect(error?.message.contains("t0ken") == false)
  }

  @Test func leavesTheServerAloneAsLongAsItAsks() throws {
    #expect(try open("/flaky?n=2&retry=30").all() == lines)
    #expect(clock.sleeps == [30, 30])
    #expect(try open("/flaky?n=1&retry=0").all() == lines)
    #expect(clock.sleeps == [30, 30, 1.25])
  }

  @Test func comesBackLaterIfItAsksForLong() throws {
    for seconds in ["61", "3600", "99999999999999999999999"] {
      let error = try failure("/status?code=503&retry=\(seconds)")
      #expect(error.kind == .tryAgain && clock.sleeps == [])
      #expect(error.message.contains("asks to be left alone for"), "\(error)")
    }
    #expect(try failure("/status?code=429&retry=3600").message.contains("after 2023-11-14T23:13:20Z"))
  }

  /// What whoever asks next has to know.
  @Test func tellsWhatTheServerMeantByIt() throws {
    for (path, isKnown, cause) in [
      ("/status?code=401", false, .refusedLogin), ("/status?code=407", false, .refusedProxy),
      ("/status?code=403", false, nil), ("/status?code=403", true, .refusedLogin),
      ("/status?code=403&retry=90", true, .leaveAlone(seconds: 90)),
      ("/status?code=503&retry=3600", false, .leaveAlone(seconds: 3600)),
      ("/status?code=429&retry=7", true, .leaveAlone(seconds: 7)), ("/status?code=404", true, nil),
      ("/status?code=503", false, nil),
    ] as [(String, Bool, Failure.Cause?)] {
      var request = SourceRequest(.http(server.url(path)))
      if isKnown { request.credentials = .bearer("t0ken") }
      let failure = #expect(throws: Failure.self) { try opener.open(request) }
      #expect(failure?.cause == cause, "\(path): \(failure?.message ?? "")")
    }
  }

  @Test func asksNobodyOnceItMayNot() throws {
    var request = SourceRequest(.http(server.url("/ok?id=may-not")))
    request.mayAsk = { () throws(Failure) in throw Failure(.tryAgain, "no more") }
    let failure = #expect(throws: Failure.self) { try opener.open(request) }
    #expect(failure?.message == "no more")
  }

  @Test func understandsDatesInRetryAfter() throws {
    let far = try failure("/status?code=503&retry=Fri,%2031%20Dec%202100%2023:59:59%20GMT")
    #expect(far.kind == .tryAgain)
    for odd in [
      "Sun,%2006%20Nov%201994%2008:49:37%20GMT", "soon", "-5", "Sun,%2030%20Feb%202100%2008:49:37%20GMT",
    ] {
      #expect(try failure("/status?code=503&retry=\(odd)").kind == .unavailable)
    }
    #expect(clock.sleeps.allSatisfy { $0 < 10 })
  }

  @Test func badAddressesAreSettings() throws {
    for url in ["http://", "gopher://h/", "http://ann:secret@h:port/"] {
      let error = #expect(throws: Failure.self) { try opener.open(SourceRequest(.http(url))) }
      #expect(error?.kind == .settings && error?.message.contains("secret") == false)
    }
    #expect(clock.sleeps == [])
  }

  @Test func whatCannotBeReachedIsUnavailable() throws {
    let port = try { try TestServer().port }()
    let error = #expect(throws: Failure.self) {
      try opener.open(SourceRequest(.http("http://ann:secret@127.0.0.1:\(port)/")))
    }
    #expect(error?.kind == .unavailable && error?.message.contains("secret") == false)
    #expect(clock.sleeps.count == 2 && log.lines.allSatisfy { !$0.contains("secret") })
  }
}
