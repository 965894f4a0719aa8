import Glibc
import StrandlineTesting
import Testing

/// Reports behind Negotiate, with tickets of a real realm that a real server verifies.
@Suite(.enabled(if: KerberosServer.isThere, "\(KerberosServer.packages)")) struct KerberosTests {
  private func expectRecords(_ server: KerberosServer, at location: SourceLocation = #_sourceLocation) throws
  {
    let tick = try server.bench.tick()
    #expect(tick.status == 0, "\(tick)", sourceLocation: location)
    #expect(
      try server.bench.query("--as-of", "now", "--format", "csv") == GuardedSource.all,
      sourceLocation: location)
    try server.expectNoSecrets(tick, at: location)
  }

  private func expectRefusal(
    _ server: KerberosServer, _ code: Int32 = 78, says text: String,
    at location: SourceLocation = #_sourceLocation
  ) throws {
    let tick = try server.bench.tick()
    tick.expect(code, says: text, at: location)
    #expect(try server.bench.head() == "none", sourceLocation: location)
    try server.expectNoSecrets(tick, at: location)
  }

  @Test func aTicketIsTaken() throws {
    let server = try KerberosServer()
    try server.describe()
    try server.getTicket()
    try expectRecords(server)
    let asked = try server.asked()
    #expect(asked.map(\.status) == ["200"] && asked.first?.user == "reader@STRANDLINE.TEST", "\(asked)")
    // Tickets are as good with `If-None-Match`.
    #expect(try server.bench.run(expecting: "unchanged").data.outcome == "unchanged")
    #expect(try server.asked().map(\.status) == ["200", "304"])
  }

  /// As it has to be where nobody can type a password.
  @Test func aKeytabIsEnough() throws {
    let server = try KerberosServer(variables: ["KRB5_CLIENT_KTNAME": "FILE:reader.keytab"])
    try server.administer("ktadd -norandkey -k reader.keytab reader")
    try server.describe()
    #expect(!server.bench.exists("tickets"))
    try expectRecords(server)
    #expect(try server.asked().map(\.user) == ["reader@STRANDLINE.TEST"])
  }

  @Test func withoutATicket() throws {
    let server = try KerberosServer()
    try server.describe()
    for _ in 0..<2 {
      try expectRefusal(
        server,
        says: "there is no Kerberos ticket for it (No credentials were supplied")
    }
    #expect(try server.asked().map(\.hasTicket) == [false, false])
    // A ticket is enough: nothing in the settings has to change, and nobody has to insist.
    try server.getTicket()
    try expectRecords(server)
  }

  @Test func aTicketThatHasRunOut() throws {
    let server = try KerberosServer()
    try server.describe()
    try server.getTicket(options: "-l 1s")
    // The last second counts as good or over, whoever is asked.
    let ended = try server.bench.shell(
      "for n in $(seq 600); do klist -s || break; sleep 0.1; done; sleep 2; klist -s && exit 1 || exit 0")
    #expect(ended.status == 0, "\(ended)")
    try expectRefusal(server, says: "there is no Kerberos ticket for it (Ticket expired): get one with kinit")
    try server.getTicket()
    try expectRecords(server)
  }

  /// Servers differ in what they say to somebody whom they know and do not let in.
  @Test(arguments: [
    ("Off", "401", "it refuses the Kerberos ticket that it was shown: klist tells whose it is"),
    ("On", "403", "the owner of the Kerberos ticket has no access to it: klist tells whose it is"),
  ])
  func somebodyWhoIsNotLetIn(forbids: String, status: String, text: String) throws {
    let server = try KerberosServer("AuthzSendForbiddenOnFailure \(forbids)")
    try server.describe()
    try server.getTicket(of: "stranger")
    try expectRefusal(server, says: text)
    let asked = try server.asked()
    #expect(asked.map(\.status) == [status] && asked.allSatisfy(\.hasTicket), "\(asked)")
    try server.getTicket()
    try expectRecords(server)
  }

  /// The realm has another key by now. It counts each try with the old one, and may lock the account.
  @Test func anOldKeytabIsTriedOnce() throws {
    let server = try KerberosServer(variables: ["KRB5_CLIENT_KTNAME": "FILE:reader.keytab"])
    try server.administer("ktadd -norandkey -k reader.keytab reader")
    try server.administer("cpw -pw s3cret-other reader")
    try server.describe()
    try expectRefusal(server, says: "Preauthentication failed")
    let tries = try server.wrongKeys()
    #expect(tries > 0)
    for _ in 0..<3 { try expectRefusal(server, 0, says: "and is not asked with them again") }
    #expect(try server.wrongKeys() == tries)
    try server.administer("ktadd -norandkey -k new.keytab reader")
    _ = try server.bench.shell("mv new.keytab reader.keytab")
    try expectRecords(server)
  }

  @Test func aRealmThatIsAway() throws {
    let server = try KerberosServer(variables: ["KRB5_CLIENT_KTNAME": "FILE:reader.keytab"])
    try server.administer("ktadd -norandkey -k reader.keytab reader")
    try server.describe()
    server.endRealm()
    try expectRefusal(server, 69, says: "Cannot contact any KDC")
  }

  /// Kerberos waits for it for most of a minute, whatever limits libcurl has; whoever is told to end does not.
  @Test func aRealmThatIsSilent() throws {
    let server = try KerberosServer(variables: ["KRB5_CLIENT_KTNAME": "FILE:reader.keytab"])
    try server.administer("ktadd -norandkey -k reader.keytab reader")
    try server.describe()
    server.stopRealm()
    let fetch = try server.bench.start("fetch", ["--feed", server.bench.feed])
    try waitUntil { try server.isRealmAsked() }
    fetch.send(SIGTERM)
    let ended = try fetch.wait(timeLimit: 20)
    #expect(ended.status == 75, "\(ended.errorText)")
    #expect(try server.asked().isEmpty)
    #expect(try server.bench.shell("cat store/*/lock.json").output.contains(#""state":"released""#))
  }

  @Test func aServerThatTheRealmDoesNotKnow() throws {
    let server = try KerberosServer()
    try server.administer("delprinc -force HTTP/localhost")
    try server.describe()
    try server.getTicket()
    try expectRefusal(server, says: "Server HTTP/localhost@STRANDLINE.TEST not found in Kerberos database")
  }

  /// Pages share a connection. A server that says that it knows it by then is shown one ticket; others one with each
  /// request. None has to ask for it first.
  @Test(arguments: [true, false]) func pages(remembers: Bool) throws {
    let server = try KerberosServer(
      "GssapiConnectionBound \(remembers ? "On" : "Off")",
      remembers ? "Header always set Persistent-Auth true" : "")
    try server.describe("pages.csv", "pages: { by: number, parameter: page, first: 0 }")
    try server.getTicket()
    try expectRecords(server)
    let asked = try server.asked()
    #expect(asked.map(\.number) == (0...10).map(String.init), "\(asked)")
    #expect(asked.allSatisfy { $0.status == "200" }, "\(asked)")
    #expect(asked.map(\.hasTicket) == (0...10).map { $0 == 0 || !remembers }, "\(asked)")
  }

  /// The server answers a form with the form.
  @Test func aFormIsPostedOnce() throws {
    let server = try KerberosServer()
    try server.describe("echo.csv", "headers: { Content-Type: text/csv }\nbody: \"id,name\\n1,a\\n\"")
    try server.getTicket()
    try server.bench.run()
    #expect(try server.bench.query("--as-of", "now", "--format", "csv") == "id,name\n1,a\n")
    let asked = try server.asked()
    #expect(asked.map(\.status) == ["200"] && asked.first?.bodyLength == "12", "\(asked)")
  }
}
