import Documents
import StrandlineTesting
import Testing

/// A web server that wants to know who asks, and a feed of it.
final class GuardedSource {
  /// What its dumps say, as far as they are all of it.
  static let all = "id,name\n" + (0..<100).map { "\($0),row \($0)\n" }.joined()
  /// Its secrets; none of them may be seen anywhere.
  static let secrets = [
    "T": "s3cret-token", "K": "s3cret-key", "S": "s3cret &", "P": "s3cret&=", "PASS": "päss wörd€",
    "KEYPASS": "s3cret-pem",
  ]

  let bench: Bench
  let origin: String
  private let server: ChildProcess

  /// A request as the server saw it.
  struct Asked: Decodable {
    var method, path, body: String
    var time: Double
    var headers: [String: String]
  }

  /// - Parameter tls: files of the certificate, its key, and of whom clients have to be signed by; made by `prepare`.
  init(tls: [String] = [], prepare: String = "true") throws {
    bench = try Bench(environment: Self.secrets)
    let prepared = try bench.shell(prepare)
    #expect(prepared.status == 0, "\(prepared)")
    let script = #filePath.replacing("EndToEndTests/GuardedSource.swift", with: "Support/guarded_server.py")
    server = try ChildProcess(
      "python3", [script] + (tls.isEmpty ? [] : ["--tls"] + tls), directory: bench.folder.path, input: nil)
    origin = "\(tls.isEmpty ? "http" : "https")://localhost:\(try server.firstLine())"
  }

  /// Writes the feed file: `source` are lines under `source`, in which `$` is the server.
  func describe(_ source: String, _ settings: String = "key: [id]") throws {
    let lines = source.replacing("$", with: origin).replacing("\n", with: "\n  ")
    try bench.write("feed.yaml", "feed: cases\nstore: ./store\nsource:\n  \(lines)\n\(settings)\n")
  }

  /// One run, which has to do well; gives the records in CSV.
  func records(
    _ source: String, _ settings: String = "key: [id]", at location: SourceLocation = #_sourceLocation
  )
    throws -> String
  {
    try describe(source, settings)
    // Whoever edits the feed file wants to see what that does, whatever came of the last try.
    let tick = try bench.tick(["--try-again"])
    #expect(tick.status == 0, "\(source)\n\(tick)", sourceLocation: location)
    try expectNoSecrets(tick, at: location)
    return tick.status == 0 ? try bench.query("--as-of", "now", "--format", "csv") : ""
  }

  /// One run, which has to end badly.
  func expectRefusal(
    _ source: String, _ codes: [Int32], says texts: String..., at location: SourceLocation = #_sourceLocation
  ) throws {
    try describe(source)
    let tick = try bench.tick(["--try-again"])
    #expect(codes.contains(tick.status), "\(source)\n\(tick)", sourceLocation: location)
    for text in texts {
      #expect(tick.errors.contains(text), "it does not say \"\(text)\":\n\(tick)", sourceLocation: location)
    }
    #expect(try bench.head() == "none", sourceLocation: location)
    try expectNoSecrets(tick, at: location)
  }

  private func expectNoSecrets(_ tick: Tick, at location: SourceLocation) throws {
    let said = "\(tick)"
    for secret in Self.secrets.values { #expect(!said.contains(secret), "\(said)", sourceLocation: location) }
    #expect(!said.contains("s3cret") && !said.contains("s3cret-cookie"), "\(said)", sourceLocation: location)
    guard bench.exists("store") else { return }
    let found = try bench.shell("grep -rlaE 's3cret|päss' store")
    #expect(found.output.isEmpty, "secrets are in the store: \(found)", sourceLocation: location)
  }

  /// What the server was asked.
  func asked() throws -> [Asked] {
    let log = try bench.shell(
      "curl -sk \(origin)/log || python3 -c 'import urllib.request as u; print(u.urlopen(\"\(origin)/log\").read().decode())'"
    )
    return try lines(of: Asked.self, in: log.output)
  }
}
