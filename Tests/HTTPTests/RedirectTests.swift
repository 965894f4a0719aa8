import HTTP
import Testing

@Suite struct RedirectTests {
  let server = TestServer.shared
  let client = HTTPClient()

  @Test func stopsAfterTheLimit() throws {
    let error = #expect(throws: HTTPError.self) { try client.send(HTTPRequest(server.url("/redirect?n=11"))) }
    #expect(error?.kind == .status(302) && error?.message.contains("more than 10 times") == true)
  }

  @Test func keepsSecretsOnTheSameOrigin() throws {
    let request = HTTPRequest(
      server.url("/redirect?n=1&to=/seen"), headers: ["X-Api-Key": "k"], credentials: .bearer("t"))
    let response = try client.send(request)
    let text = try response.text()
    #expect(text.contains("\nauthorization: Bearer t\n") && text.contains("\nx-api-key: k\n"))
    #expect(!response.leftOutSecrets)
  }

  @Test(arguments: [HTTPCredentials.bearer("t"), .basic(user: "u", password: "t")])
  func tellsNoSecretToAnotherHost(credentials: HTTPCredentials) throws {
    let request = HTTPRequest(
      server.url("/redirect?n=1&to=http://localhost:\(server.port)/seen"),
      headers: ["X-Api-Key": "k", "Cookie": "c=1", "Authorization": "Custom t", "If-None-Match": "\"v\""],
      credentials: credentials)
    let response = try client.send(request)
    let text = try response.text()
    #expect(text.contains("\nhost: localhost:") && text.contains("\nif-none-match: \"v\"\n"))
    #expect(!text.contains("authorization") && !text.contains("x-api-key") && !text.contains("cookie"))
    #expect(response.leftOutSecrets)
  }

  @Test func aSecretInTheURLStaysAtItsOrigin() throws {
    let away = "http://u:p@127.0.0.1:\(server.port)/redirect?n=1&to=http://localhost:\(server.port)/seen"
    #expect(try !client.send(HTTPRequest(away)).text().contains("authorization"))
    let home = "http://u:p@127.0.0.1:\(server.port)/redirect?n=1&to=/seen"
    #expect(try client.send(HTTPRequest(home)).text().contains("authorization"))
  }

  @Test(arguments: ["ftp://example.org/x", "file:///etc/passwd", "http://u:secret/x@h/"])
  func goesNowhereElse(target: String) throws {
    let error = #expect(throws: HTTPError.self) {
      try client.send(HTTPRequest(server.url("/redirect?n=1&to=\(target)")))
    }
    #expect(
      error?.kind == .malformed && error?.message.contains("secret") == false, "\(error?.message ?? "")")
  }

  @Test func aRedirectWithoutATargetIsAnAnswer() throws {
    #expect(try client.send(HTTPRequest(server.url("/nowhere"))).status == 302)
  }

  @Test(arguments: ["GET", "HEAD"])
  func aRedirectIsAnAnswerWhereNoneIsFollowed(method: String) throws {
    var limits = HTTPLimits()
    limits.redirects = 0
    let request = HTTPRequest(server.url("/redirect?n=1"), method: method, limits: limits)
    let response = try client.send(request)
    #expect(response.status == 302 && response.headers["Location"] == "/ok")
    #expect(try response.text() == (method == "GET" ? "elsewhere" : ""))
  }

  /// Who was redirected to another server is told nothing secret there, nor does a link there lead back into it.
  @Test func aLinkOnAnotherServerIsNotFollowed() throws {
    let first = server.url("/redirect?n=1&to=http://localhost:\(server.port)/seen")
    let away = try client.send(HTTPRequest(first, credentials: .bearer("t")))
    let error = #expect(throws: HTTPError.self) { try away.link("/next", of: first) }
    #expect(error?.kind == .malformed && error?.message.contains("another server") == true)
    let home = try client.send(HTTPRequest(server.url("/seen")))
    #expect(try home.link("/next", of: server.url("/seen")) == server.url("/next"))
  }
}
