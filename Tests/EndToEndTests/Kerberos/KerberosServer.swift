import Glibc
import StrandlineTesting
import Testing

/// A Kerberos realm of the test's own (MIT's), a web server that verifies its tickets (Apache), and a feed of that. Both end
/// with this object.
final class KerberosServer {
  /// What both need; Debian's names.
  static let packages =
    "krb5-kdc, krb5-admin-server, krb5-user, apache2-bin and libapache2-mod-auth-gssapi are not all there"
  static let isThere = [
    "/usr/sbin/krb5kdc", "/usr/sbin/kadmin.local", "/usr/bin/kinit", "/usr/sbin/apache2",
    "/usr/lib/apache2/modules/mod_auth_gssapi.so",
  ].allSatisfy { (file: String) in unsafe access(file, R_OK) == 0 }

  /// A request as the web server saw it.
  struct Asked: Equatable {
    var status: String
    /// Which request of its connection it was, from 0.
    var number: String
    var user: String
    var hasTicket: Bool
    var bodyLength: String
    var target: String
  }

  let bench: Bench
  private let web: ChildProcess
  private var realm: ChildProcess?
  private let origin: String
  private let realmPort: String

  /// - Parameters:
  ///   - directives: of Apache, beside those that let `reader` in.
  ///   - variables: what else the functions are run with.
  init(_ directives: String..., variables: [String: String] = [:]) throws {
    // Names in the bench's folder, where all of them run: nothing of the machine's own realm is seen.
    bench = try Bench(
      environment: [
        "KRB5_CONFIG": "realm/krb5.conf", "KRB5_KDC_PROFILE": "realm/kdc.conf", "KRB5CCNAME": "FILE:tickets",
        "KRB5_CLIENT_KTNAME": "FILE:none.keytab",
      ].merging(variables) { $1 })
    // Whoever the web server becomes has to get at its folder.
    _ = try bench.shell("chmod 711 . && mkdir -m 711 realm && mkdir -p web/files")
    let support = SharedData.package + "/Tests/Support/kerberos_"
    realmPort = try freePort(bench)
    let realm = try ChildProcess(
      "bash", ["\(support)realm.sh", bench.path("realm"), realmPort], directory: bench.folder.path)
    try realm.waitForOutput("commencing operation", timeLimit: 120)
    self.realm = realm
    for page in 0...10 {
      let rows = page < 10 ? (page * 10..<page * 10 + 10).map { "\($0),row \($0)\n" }.joined() : ""
      try bench.write("web/files/page\(page).csv", "id,name\n" + rows)
    }
    try bench.write("web/files/report.csv", GuardedSource.all)
    let port = try freePort(bench)
    web = try ChildProcess(
      "bash", ["\(support)web.sh", bench.path("web"), bench.path("realm"), port] + directives,
      directory: bench.folder.path)
    origin = "http://localhost:\(port)"
    let isUp = try bench.shell(
      "for n in $(seq 600); do curl -s -o answer \(origin)/ && exit; sleep 0.1; done; cat web/errors; exit 1")
    try #require(isUp.status == 0, "\(isUp)")
  }

  /// Writes the feed file: `source` are lines under `source`.
  func describe(_ path: String = "report.csv", _ source: String = "") throws {
    let lines = source.replacing("\n", with: "\n  ")
    try bench.write(
      "feed.yaml",
      """
      feed: cases
      store: ./store
      source:
        url: \(origin)/\(path)
        auth: { method: negotiate }
        \(lines)
      key: [id]
      """)
  }

  /// Gets a ticket.
  func getTicket(of principal: String = "reader", options: String = "") throws {
    let got = try bench.shell("kinit \(options) \(principal)", input: Array("s3cret-\(principal)\n".utf8))
    #expect(got.status == 0, "\(got)")
  }

  /// Has the realm do something, in the words of `kadmin`.
  func administer(_ request: String) throws {
    let done = try bench.shell("/usr/sbin/kadmin.local -q '\(request)'")
    #expect(done.status == 0 && !done.errors.contains("while"), "\(done)")
  }

  /// How often the realm was shown a wrong key.
  func wrongKeys() throws -> Int {
    try bench.text("realm/kdc.log").split(separator: "\n").count { $0.contains("PREAUTH_FAILED") }
  }

  /// Whether somebody waits for the realm's answer.
  func isRealmAsked() throws -> Bool {
    let port = try #require(Int(realmPort))
    let found = try bench.shell("cat /proc/net/udp /proc/net/tcp")
    let place = ":" + String(port + 0x10000, radix: 16, uppercase: true).dropFirst()
    // The third column is whom a socket is connected with.
    return found.output.split(separator: "\n").contains { line in
      line.split(separator: " ").dropFirst(2).first?.hasSuffix(place) ?? false
    }
  }

  /// Stops the realm: whoever asks it waits.
  func stopRealm() { realm?.send(SIGSTOP) }

  /// Ends the realm: nobody gives tickets any more.
  func endRealm() { realm = nil }

  /// What functions asked.
  func asked() throws -> [Asked] {
    try bench.text("web/asked").split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ").map(String.init)
      try #require(words.count == 7, "\(line)")
      // This was whether it is up.
      if words[6] == "/" { return nil }
      return Asked(
        status: words[0], number: words[1], user: words[2], hasTicket: words[3] == "ticket",
        bodyLength: words[4], target: "\(words[5]) \(words[6])")
    }
  }

  /// That no run told a secret: neither passwords nor what tickets begin with in base 64.
  func expectNoSecrets(_ tick: Tick, at location: SourceLocation = #_sourceLocation) throws {
    let said = tick.everything
    #expect(!said.contains("s3cret") && !said.contains("Negotiate YII"), "\(tick)", sourceLocation: location)
    guard bench.exists("store") else { return }
    let found = try bench.shell("grep -rlaE 's3cret|Negotiate YII' store")
    #expect(found.output.isEmpty, "secrets are in the store: \(found)", sourceLocation: location)
  }
}
