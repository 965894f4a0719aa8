import Glibc
import HTTP
import Testing

@Suite struct HTTPFailureTests {
  let server = TestServer.shared
  let client = HTTPClient()

  private func failure(_ request: HTTPRequest, _ settings: HTTPSettings = HTTPSettings()) throws -> HTTPError
  {
    try #require(throws: HTTPError.self) { _ = try HTTPClient(settings).send(request).all() }
  }

  @Test(arguments: [
    ("/cut-length", "got 100000 of 297780 bytes"), ("/cut-chunked", "got 100000 bytes of an unknown number"),
    ("/cut-gzip", "ends early"), ("/broken-gzip", "incorrect data check"), ("/not-gzip", "it is no gzip"),
  ])
  func refusesWhatIsNotWhole(path: String, words: String) throws {
    let response = try client.send(HTTPRequest(server.url(path)))
    for _ in 0..<2 {
      let error = #expect(throws: HTTPError.self) { try response.all() }
      #expect(error?.kind == .truncated)
      #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }
  }

  @Test func givesWhatCameBeforeTheBreak() throws {
    let response = try client.send(HTTPRequest(server.url("/cut-length")))
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 100, alignment: 16)
    defer { unsafe piece.deallocate() }
    var got: [UInt8] = []
    #expect(throws: HTTPError.self) {
      while true { unsafe got.append(contentsOf: piece[..<(try response.read(into: piece))]) }
    }
    #expect(got == Array(lines[..<100000]))
  }

  @Test func aBreakBeforeTheBodyShowsAtOnce() throws {
    let error = #expect(throws: HTTPError.self) { try client.send(HTTPRequest(server.url("/cut-empty"))) }
    #expect(error?.kind == .truncated && error?.isTransient == true)
    let other = #expect(throws: HTTPError.self) {
      try client.send(HTTPRequest(server.url("/hangs-up?n=99&id=client")))
    }
    #expect(other?.kind == .unreachable && other?.isTransient == true)
  }

  @Test func givesUpAServerThatDrips() throws {
    var request = HTTPRequest(server.url("/drip"))
    var limits = HTTPLimits()
    (limits.slow, limits.slowBytesPerSecond) = (0.5, 50)
    request.limits = limits
    let error = try failure(request)
    #expect(error.kind == .truncated)
    #expect(error.message.contains("less than 50 bytes a second for 0.5 s"))
  }

  @Test func aReaderMayBeSlowerThanTheLimit() throws {
    var request = HTTPRequest(server.url("/ok"))
    var limits = HTTPLimits()
    (limits.slow, limits.slowBytesPerSecond) = (0.05, 1e5)
    request.limits = limits
    let response = try client.send(request)
    // The time itself is what is tested: it must not count against the server.
    usleep(200_000)
    #expect(try response.all() == lines)
  }

  @Test func waitsForAnAnswerLongerThanForASlowBody() throws {
    var request = HTTPRequest(server.url("/late?s=0.6"))
    var limits = HTTPLimits()
    limits.slow = 0.1
    request.limits = limits
    #expect(try client.send(request).all() == lines)
  }

  @Test func givesUpAServerThatSaysNothing() throws {
    var limits = HTTPLimits()
    limits.answer = 0.3
    let error = try failure(HTTPRequest(server.url("/silent"), limits: limits))
    #expect(error.kind == .unreachable && !error.isTransient)
    #expect(error.message.contains("sent nothing for 0.3 s"))
  }

  @Test func keepsTheTotalLimit() throws {
    var limits = HTTPLimits()
    limits.total = 0.4
    #expect(try failure(HTTPRequest(server.url("/drip"), limits: limits)).kind == .truncated)
    let silent = try failure(HTTPRequest(server.url("/silent"), limits: limits))
    #expect(silent.kind == .unreachable && !silent.isTransient)
  }

  @Test(arguments: [
    "ftp://example.org/x", "example.org/x", "", "http://", "http://exa mple.org/", "http://h:99999/",
    "file:///etc",
    "http://127.0.0.1/a\r\nX: y", "http://u:secret/x@h/",
  ])
  func refusesURLs(url: String) throws {
    let error = try failure(HTTPRequest(url))
    #expect(error.kind == .badRequest && !error.isTransient)
    #expect(error.message.contains("cannot be used") && !error.message.contains("secret"), "\(error.message)")
  }

  @Test func refusesHeadersThatBreakOut() throws {
    for headers: HTTPHeaders in [
      ["X": "a\r\nY: secret"], ["X Y": "secret"], ["": "secret"], ["X": "secret\0"],
    ] {
      let error = try failure(HTTPRequest(server.url("/seen"), headers: headers))
      #expect(error.kind == .badRequest && !error.message.contains("secret"))
    }
  }

  /// libcurl would send it again by itself, over a new connection.
  @Test func whatIsSentOnceIsNotRepeated() throws {
    for (isSentOnce, id) in [(false, "often"), (true, "once")] {
      let client = HTTPClient()
      _ = try client.send(HTTPRequest(server.url("/ok"))).all()
      let path = "/hangs-up?n=1&id=\(id)"
      var request = HTTPRequest(server.url(path))
      request.isSentOnce = isSentOnce
      if isSentOnce {
        let error = #expect(throws: HTTPError.self) { try client.send(request) }
        #expect(error?.kind == .unreachable && error?.isTransient == true)
        #expect(error?.message.contains("without an answer") == true, "\(error?.message ?? "")")
      } else {
        _ = try client.send(request).all()
      }
      let tries = server.url("/tries?of=" + path.replacing("&", with: "%26"))
      #expect(try client.send(HTTPRequest(tries)).text() == (isSentOnce ? "1" : "2"))
    }
  }

  @Test func tellsWhatCannotBeReached() throws {
    // A port that was just given back is free.
    let port = try { try TestServer().port }()
    let refused = try failure(HTTPRequest("http://ann:secret@127.0.0.1:\(port)/"))
    #expect(refused.kind == .unreachable && refused.isTransient)
    #expect(refused.message.contains("127.0.0.1:\(port)") && !refused.message.contains("secret"))
    let unknown = try failure(HTTPRequest("http://no-such-host.invalid/"))
    #expect(unknown.kind == .unreachable && unknown.message.contains("no-such-host.invalid"))
  }

  @Test(arguments: [("/brotli", "br"), ("/big-headers", "headers"), ("/garbage", "not HTTP")])
  func refusesWhatItDoesNotUnderstand(path: String, words: String) throws {
    let error = try failure(HTTPRequest(server.url(path)))
    #expect(error.kind == .malformed && error.message.contains(words), "\(error.message)")
  }
}
