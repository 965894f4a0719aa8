import HTTP
import Testing

@Suite struct MaskingTests {
  @Test(arguments: [
    ("https://example.org/a?b=c", "https://example.org/a?b=c"),
    ("https://ann:secret@example.org/a", "https://***@example.org/a"),
    ("https://ann@example.org", "https://***@example.org"),
    ("https://ann:se@cret@example.org/a@b", "https://***@example.org/a@b"),
    ("https://ann:sec/ret@example.org/a", "https://***@example.org/a"),
    ("https://ann:sec?ret@example.org/a", "https://***@example.org/a"),
    ("ann:secret@example.org/a", "***@example.org/a"),
    ("https://example.org:80/@a", "https://example.org:80/@a"),
    ("https://[::1]/@a", "https://[::1]/@a"),
    ("https://h/?token=x&page=2&X-Amz-Signature=y&z", "https://h/?token=***&page=2&X-Amz-Signature=***&z"),
    ("https://h/?to=https://ann:pw@x/&a@b=c@d", "https://h/?to=***&a@b=c@d"),
    ("", ""), ("?", "?"), ("@", "***@"),
    // What would be one character with the mark before or after it.
    ("https://h/?\u{301}&token=x", "https://h/?\u{301}&token=***"),
    ("h?a=b\u{600}&token=x", "h?a=b\u{600}&token=***"),
    ("https://ann:secret@\u{301}h", "https://***@\u{301}h"),
  ])
  func masks(url: String, expected: String) { #expect(masked(url: url) == expected) }

  @Test func credentialsDoNotPrint() {
    for credentials in [HTTPCredentials.basic(user: "ann", password: "secret"), .bearer("secret")] {
      var text = ""
      dump(credentials, to: &text)
      let request = HTTPRequest("http://h/", credentials: credentials)
      text += "\(credentials) \(String(reflecting: credentials)) \(request)"
      #expect(!text.contains("secret") && !text.contains("ann"), "\(text)")
    }
  }

  @Test func headersKnowNoCase() {
    var headers: HTTPHeaders = ["Accept": "a", "X": "1", "x": "2"]
    #expect(headers["x"] == "1" && headers.all("X") == ["1", "2"])
    headers["X"] = "3"
    #expect(headers.all("x") == ["3"] && headers.fields.count == 2)
    headers["x"] = nil
    #expect(headers["X"] == nil && headers["accept"] == "a")
  }

  @Test func theEnvironmentNamesTheAuthorities() {
    #expect(HTTPSettings.caFile(in: [:]) == nil)
    #expect(HTTPSettings.caFile(in: ["SSL_CERT_FILE": "/b", "CURL_CA_BUNDLE": ""]) == "/b")
    #expect(HTTPSettings.caFile(in: ["SSL_CERT_FILE": "/b", "CURL_CA_BUNDLE": "/a"]) == "/a")
  }
}
