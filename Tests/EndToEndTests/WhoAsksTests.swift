import StrandlineTesting
import Testing

/// Servers that want to know who asks.
@Suite struct WhoAsksTests {
  @Test(arguments: [
    "url: $/basic.csv\nauth: { user: reader, password_env: PASS }",
    "url: $/bearer.csv\nauth: { bearer_env: T }", "url: $/key.csv\nauth: { header: X-Api-Key, key_env: K }",
    "url: $/granted.csv\nauth: { token_url: $/token, client_id: 'c:d', client_secret_env: S, scope: cases.read }",
    "url: $/granted.csv\nauth: { token_url: $/token, client_id: 'c:d', client_secret_env: S, scope: cases.read, client_auth: form }",
    "url: $/inside.csv\nlogin: { url: $/login, form: { user: reader }, form_env: { password: P } }",
    "url: $/one-for-all.csv\nlogin: { url: $/one-for-all.csv, form: { user: reader }, form_env: { password: P } }",
    "url: $/open.csv",
  ])
  func whoIsKnownIsAnswered(source: String) throws {
    let guarded = try GuardedSource()
    #expect(try guarded.records(source) == GuardedSource.all)
    #expect(try guarded.bench.run(expecting: "unchanged").data.outcome == "unchanged")
  }

  @Test(arguments: [
    ("url: $/basic.csv\nauth: { user: reader, password_env: T }", 78, "check the user, password or token"),
    ("url: $/basic.csv", 78, "none was given (it offers Basic)"),
    (
      "url: $/basic.csv\nauth: { method: ntlm, user: reader, password_env: T }", 78,
      "it does not offer NTLM, but Basic"
    ),
    ("url: $/basic.csv\nauth: { method: negotiate }", 78, "it does not offer Negotiate, but Basic"),
    (
      "url: $/basic.csv\nauth: { method: ntlm, user: reader, password_env: PASS }", 78,
      "the password has a character outside of ISO 8859-1"
    ),
    (
      "url: $/basic.csv\nauth: { method: ntlm, user: Jürgen, password_env: T }", 78,
      "the user has a character outside of ASCII"
    ),
    ("url: $/bearer.csv\nauth: { bearer_env: K }", 78, "answered 401"),
    (
      "url: $/bearer.csv\nauth: { bearer_env: NONE }", 78,
      "source.auth: the environment variable NONE is not set"
    ),
    ("url: $/key.csv\nauth: { header: X-Other, key_env: K }", 78, "answered 401"),
    (
      "url: $/moved.csv\nauth: { header: X-Api-Key, key_env: K }", 78,
      "credentials are told to one origin only"
    ),
    (
      "url: $/granted.csv\nauth: { token_url: $/token, client_id: c, client_secret_env: S }", 78,
      "no token: "
    ),
    (
      "url: $/granted.csv\nauth: { token_url: $/open.csv, client_id: c, client_secret_env: S }", 69,
      "something that is no token"
    ),
    (
      "url: $/granted.csv\nauth: { token_url: $/token, client_id: 'c:d', client_secret_env: S }", 78,
      "answered 401"
    ),
    (
      "url: $/inside.csv\nlogin: { url: $/login, form: { user: reader }, form_env: { password: K } }", 78,
      "gave no cookie: check source.login"
    ),
    (
      "url: $/inside.csv\nlogin: { url: '$/login?wrong=403', form: { user: reader }, form_env: { password: K } }",
      78,
      "the login was refused: "
    ),
    ("url: $/inside.csv", 65, "looks like HTML"),
  ])
  func whoIsNotKnownIsTold(source: String, code: Int32, says: String) throws {
    try GuardedSource().expectRefusal(source, [code], says: says)
  }

  @Test func aTokenThatEndsIsRenewed() throws {
    let guarded = try GuardedSource()
    let source =
      "url: $/short-lived.jsonl\nauth: { token_url: $/token, client_id: 'c:d', client_secret_env: S }\n"
      + "pages: { by: number, parameter: page, first: 0 }"
    #expect(try guarded.records(source) == GuardedSource.all)
    #expect(try guarded.asked().filter { $0.path == "/token" }.count == 6)
  }

  @Test func secretsMayStandInFiles() throws {
    let guarded = try GuardedSource()
    try guarded.bench.write("token", "s3cret-token\r\n")
    #expect(try guarded.records("url: $/bearer.csv\nauth: { bearer_file: token }") == GuardedSource.all)
  }

  private static let certificates = """
    set -e
    make() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj "/CN=$1" -keyout "$1.key" "${@:2}" 2>/dev/null; }
    make ca -x509 -nodes -days 2 -out ca.pem
    for name in localhost reader; do
      make $name -out $name.csr -passout pass:s3cret-pem
      printf 'subjectAltName=DNS:localhost' > $name.ext
      openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile $name.ext -out $name.pem 2>/dev/null
    done
    openssl ec -in localhost.key -passin pass:s3cret-pem -out server.key 2>/dev/null
    openssl pkcs12 -export -in reader.pem -inkey reader.key -passin pass:s3cret-pem -passout pass:s3cret-pem -out reader.p12
    cat reader.pem reader.key > both.pem
    """

  @Test func certificates() throws {
    let prepare = "bash -c '\(Self.certificates.replacing("'", with: "\""))'"
    let guarded = try GuardedSource(tls: ["localhost.pem", "server.key", "ca.pem"], prepare: prepare)
    for (source, code, says) in [
      ("url: $/open.csv", Int32(69), "its certificate is not trusted"),
      ("url: $/open.csv\ntls: { ca: none.pem }", 78, "source.tls.ca"),
      ("url: $/open.csv\ntls: { ca: ca.pem, certificate: reader.pem, key: none.key }", 78, "source.tls"),
      ("url: $/open.csv\ntls: { ca: ca.pem, certificate: both.pem, password_env: K }", 78, "source.tls"),
      ("url: $/open.csv\ntls: { ca: ca.pem, certificate: both.pem }", 78, "source.tls"),
    ] {
      try guarded.expectRefusal(source, [code], says: says)
    }
    // That the server hung up may be seen before what it said.
    try guarded.expectRefusal(
      "url: $/open.csv\ntls: { ca: ca.pem }", [78, 69], says: "wants a client's certificate")
    for tls in ["reader.pem, key: reader.key", "both.pem", "reader.p12"] {
      let source = "url: $/open.csv\ntls: { ca: ca.pem, certificate: \(tls), password_env: KEYPASS }"
      #expect(try guarded.records(source) == GuardedSource.all)
    }
  }
}
