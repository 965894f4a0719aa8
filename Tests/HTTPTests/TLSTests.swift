import HTTP
import Testing

@Suite struct TLSTests {
  @Test func trustsWhomItIsToldToTrust() throws {
    let scratch = try Scratch()
    let (certificate, key) = ("\(scratch.path)/cert.pem", "\(scratch.path)/key.pem")
    try Child.run(
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
      "2",
      "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out",
      certificate)
    let server = try TestServer(tls: (certificate, key))
    let request = HTTPRequest("https://localhost:\(server.port)/ok")

    let unknown = #expect(throws: HTTPError.self) { try HTTPClient().send(request) }
    #expect(unknown?.kind == .unreachable && unknown?.isTransient == false)
    #expect(unknown?.message.contains("SSL_CERT_FILE") == true, "\(unknown?.message ?? "")")

    let client = HTTPClient(HTTPSettings(caFile: certificate))
    #expect(try client.send(request).all() == lines)

    let otherName = HTTPRequest("https://127.0.0.1:\(server.port)/ok")
    let wrong = #expect(throws: HTTPError.self) { try client.send(otherName) }
    #expect(wrong?.kind == .unreachable)

    let missing = HTTPClient(HTTPSettings(caFile: "\(scratch.path)/none.pem"))
    let bad = #expect(throws: HTTPError.self) { try missing.send(request) }
    #expect(bad?.kind == .badRequest && bad?.message.contains("none.pem") == true, "\(bad?.message ?? "")")

    let plain = HTTPRequest("https://127.0.0.1:\(TestServer.shared.port)/ok")
    let noTLS = #expect(throws: HTTPError.self) { try client.send(plain) }
    #expect(noTLS?.kind == .unreachable)
  }
}
