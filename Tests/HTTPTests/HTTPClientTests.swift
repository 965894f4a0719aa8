import Basics
import Glibc
import HTTP
import StrandlineTesting
import Testing

@Suite struct HTTPClientTests {
  let server = TestServer.shared
  let client = HTTPClient()

  @Test(arguments: ["/ok", "/gzip", "/chunked", "/redirect?n=10"])
  func givesTheWholeBody(path: String) throws {
    for size in [1 << 20, 1000] {
      let response = try client.send(HTTPRequest(server.url(path)))
      #expect(response.status == 200)
      #expect(try response.all(by: size) == lines)
      #expect(try response.all() == [], "the end stays the end")
    }
  }

  @Test func tellsWhatTheAnswerSays() throws {
    let response = try client.send(HTTPRequest(server.url("/redirect?n=2")))
    #expect(response.headers["etag"] == "\"v1\"" && response.headers["ETAG"] == "\"v1\"")
    #expect(response.headers["X-None"] == nil && response.headers.all("etag") == ["\"v1\""])
    #expect(response.expectedBytes == lines.count && !response.isCompressed)
    #expect(response.statusText == "OK" && response.url == server.url("/ok"))
    _ = try response.all()
    #expect(response.wireBytes == lines.count)
  }

  @Test func countsWhatCameOverTheWire() throws {
    let response = try client.send(HTTPRequest(server.url("/gzip")))
    #expect(response.isCompressed && response.expectedBytes == nil)
    #expect(try response.all().count == lines.count)
    #expect(response.wireBytes > 1000 && response.wireBytes < lines.count / 2)
  }

  @Test func aTrailerIsNoHeader() throws {
    let response = try client.send(HTTPRequest(server.url("/chunked")))
    _ = try response.all()
    #expect(response.headers["X-Trailer"] == nil && response.headers["Transfer-Encoding"] == "chunked")
  }

  @Test func sendsWhatItIsTold() throws {
    let request = HTTPRequest(
      server.url("/seen?a=b%20c"), headers: ["X-One": "1", "X-Empty": "", "Accept": "text/csv"],
      credentials: .basic(user: "ann", password: "s:e€"))
    let text = try client.send(request).text()
    #expect(text.hasPrefix("GET /seen?a=b%20c\n"))
    for line in [
      "x-one: 1", "x-empty: ", "accept: text/csv", "accept-encoding: gzip", "user-agent: strandline/0.1",
      "authorization: Basic YW5uOnM6ZeKCrA==",
    ] { #expect(text.contains("\n\(line)\n"), "\(line)") }
    let bearer = try client.send(HTTPRequest(server.url("/seen"), credentials: .bearer("t0ken"))).text()
    #expect(bearer.contains("\nauthorization: Bearer t0ken\n"))
  }

  @Test func takesUserAndPasswordFromTheURL() throws {
    let response = try client.send(HTTPRequest("http://ann:p%40ss@127.0.0.1:\(server.port)/seen#part"))
    #expect(response.url == server.url("/seen"))
    #expect(try response.text().contains("\nauthorization: Basic YW5uOnBAc3M=\n"))
  }

  @Test(arguments: ["PUT", "POST"])
  func sendsBodies(method: String) throws {
    var generator = SplitMix64(seed: 7)
    for count in [0, 1, 3000, 200_000] {
      let body = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let text = try client.send(HTTPRequest(server.url("/x"), method: method, body: body)).text()
      #expect(text.hasPrefix("\(method) /x\n"))
      #expect(text.contains("\nbody \(hex(body))\n") && text.contains("\ncontent-length: \(count)\n"))
      #expect(!text.contains("content-type") && !text.contains("expect"))
    }
  }

  @Test func headHasNoBody() throws {
    for path in ["/ok", "/gzip"] {
      let response = try client.send(HTTPRequest(server.url(path), method: "HEAD"))
      #expect(response.status == 200 && response.headers["Content-Length"] != nil)
      #expect(try response.all() == [])
    }
  }

  @Test func keepsTheConnection() throws {
    let ports = try (0..<5).map { _ in
      try client.send(HTTPRequest(server.url("/seen"))).text().split(separator: "\n")[1]
    }
    #expect(Set(ports).count == 1)
  }

  @Test func anAnswerThatIsLetGoDoesNoHarm() throws {
    for _ in 0..<3 {
      let response = try client.send(HTTPRequest(server.url("/huge?mb=100")))
      #expect(response.expectedBytes == 100 << 20)
    }
    #expect(try client.send(HTTPRequest(server.url("/ok"))).all() == lines)
  }

  @Test func readsAllOfSmallAnswersOnly() throws {
    #expect(try client.send(HTTPRequest(server.url("/ok"))).readAll(limit: lines.count) == lines)
    let response = try client.send(HTTPRequest(server.url("/ok")))
    let error = #expect(throws: HTTPError.self) { try response.readAll(limit: lines.count - 1) }
    #expect(error?.kind == .malformed)
  }

  @Test(arguments: ["/huge?mb=200", "/huge?mb=200&gzip=1"])
  func holdsAFastServerToASlowReader(path: String) throws {
    let response = try client.send(HTTPRequest(server.url(path)))
    let before = try residentBytes()
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 8192, alignment: 16)
    defer { unsafe piece.deallocate() }
    var total = 0
    var most = before
    while true {
      let count = unsafe try response.read(into: piece)
      if count == 0 { break }
      total += count
      if total % 1024 == 0, total & 0xfffff < 8192 { most = max(most, try residentBytes()) }
    }
    #expect(total == 200 << 20)
    #expect(most - before < 40 << 20, "grew by \((most - before) >> 20) MiB")
  }

  @Test(arguments: [200, 204, 299, 400, 401, 404, 500])
  func aStatusIsAnAnswer(code: Int) throws {
    let response = try client.send(HTTPRequest(server.url("/status?code=\(code)&token=abc")))
    #expect(response.status == code)
    if code < 300 { return try response.requireSuccess() }
    let error = #expect(throws: HTTPError.self) { try response.requireSuccess() }
    #expect(error?.kind == .status(code) && error?.isTransient == (code >= 500))
    #expect(error?.message.contains("answered \(code)") == true && error?.message.contains("abc") == false)
  }

  @Test func leavesTheEncodingAloneIfToldTo() throws {
    var request = HTTPRequest(server.url("/gzip"))
    request.undoesEncoding = false
    let response = try client.send(request)
    #expect(!response.isCompressed && response.headers["Content-Encoding"] == "gzip")
    #expect(try response.all().starts(with: [0x1F, 0x8B]))
    request.url = server.url("/seen")
    #expect(try client.send(request).text().contains("\naccept-encoding: identity\n"))
  }

  @Test func readsDatesOfHeaders() {
    var headers: HTTPHeaders = ["Date": "Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After": "7"]
    #expect(headers.date == Instant("1994-11-06T08:49:37Z"))
    #expect(headers.retryAfter(now: Instant(seconds: 0)) == 7)
    headers["Retry-After"] = "Sun, 06 Nov 1994 08:50:37 GMT"
    #expect(headers.retryAfter(now: Instant(seconds: 0)) == 60)
    headers["Date"] = nil
    #expect(headers.date == nil)
    #expect(headers.retryAfter(now: Instant("1994-11-06T08:50:00Z")!) == 37)
    for text in [
      "", "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 1994 08:49:37 GMT",
    ] {
      #expect(Instant(httpDate: text) == nil)
    }
  }
}
